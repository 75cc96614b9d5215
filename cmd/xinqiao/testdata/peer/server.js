'use strict';

// Answers every message with one fixed text, as the bare handler of benchpeers_test.go does.
const Koa = require('koa');
const wechat = require('co-wechat');

const app = new Koa();
app.use(wechat({token: process.env.TOKEN, appid: process.env.APP_ID, encodingAESKey: process.env.AES_KEY})
  .middleware(async () => '您好，请从菜单里选一项，或者直接说说您的情况。'));

const server = app.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
process.stdin.on('end', () => process.exit()).resume();
