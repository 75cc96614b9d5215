// Package tencent is what the channels to WeChat have in common, official accounts (package wechat) and customer service by
// WeCom (package wecom): the envelope in which deliveries are sealed, calls of an API that answers with error codes, what a
// phone can show of a text and where a long one is cut, and the words that the platform puts in place of what it does not
// carry. It knows no account and no conversation.
package tencent
