# make run    build and start everything on the embedded default
# make test   set up what the tests need and run them all
# make help   the rest

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: help run build test unit lint bench bench-parts deploy-check vuln licences drill chaos reader fuzz clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort

build: ## both binaries into bin/
	@mkdir -p bin
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/xinqiao ./cmd/wxsim

run: build ## start the server with the web chat, the desk (a password alone), demo content and the editors' preview
	./bin/xinqiao serve --preview --demo $(ARGS)

test: ## everything, with MariaDB, Redis and Chromium (installed from Debian where missing)
	.ci/test.sh

unit: ## what runs without any server; says what it left out
	go test ./...

# One part: make bench BENCH=Danger. Longer: XINQIAO_BENCH_SLICE=10s XINQIAO_BENCH_ROUNDS=5 make bench BENCH=Browsing.
# What else can be set stands at the head of cmd/xinqiao/bench*_test.go. The data lie on a disk: a commit must cost what it costs.
BENCH ?= .
bench: ## what everything costs, beside a bare handler and co-wechat, on SQLite and on MariaDB and Redis; about 10 minutes
	XINQIAO_TEST_ON_DISK=1 .ci/test.sh go test -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 20m ./cmd/xinqiao

bench-parts: ## what single functions cost: reading for danger, searching, a step of the dialog, a query
	XINQIAO_TEST_ON_DISK=1 .ci/test.sh go test -run '^$$' -bench . -benchtime 0.3s ./internal/...

lint: ## the pinned linter, built from .ci/go.mod
	go tool -modfile=.ci/go.mod golangci-lint run ./...

deploy-check: ## every file of deploy/ by the tool that will read it (installed from Debian where missing)
	.ci/deploy.sh

vuln: ## known holes in what we are built from (govulncheck; says loudly where its database cannot be reached)
	.ci/vuln.sh

licences: ## write deploy/LICENCES.md anew, after a module came or went
	XINQIAO_LICENCES=write go test -count=1 -run TestEveryModule ./deploy

drill: ## back up, lose everything, put it back, on SQLite and MariaDB; prints the seconds
	.ci/test.sh go test -count=1 -v -run 'TestWhatWasBackedUpIsBackAfterALoss' ./cmd/xinqiao

chaos: ## break what two replicas stand on, a fault at a time, with a ledger; writes deploy/RELIABILITY.md (10 minutes; FAULT=redis: those alone)
	XINQIAO_CHAOS_FAULT='$(FAULT)' XINQIAO_CHAOS_REPORT='$(CURDIR)/deploy/RELIABILITY.md' \
	.ci/test.sh go test -tags chaos -count=1 -timeout 25m -v -run '^TestChaos$$' ./cmd/xinqiao

reader: ## learn the reader of danger anew, minutes, and compare it with the shipped one; REAL is the folder of the real messages
	@mkdir -p bin
	go run ./cmd/xinqiao risk train --real $(REAL) --out bin/reader.bin
	cmp bin/reader.bin dialogs/risk/reader.bin

# Shorter: make fuzz FUZZTIME=5s. Some: make fuzz FUZZ='Cookie|Frame'.
FUZZTIME ?= 30s
FUZZ ?= .
fuzz: ## every decoder that strangers can reach, fuzzed for FUZZTIME each; the targets are found in the source
	FUZZTIME='$(FUZZTIME)' FUZZ='$(FUZZ)' .ci/fuzz.sh

clean: ## remove what was built; var/ with your data stays
	rm -rf bin
