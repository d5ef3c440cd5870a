# make run: build everything and start a demo server.  make test: run every test.

GO            ?= go
GOLANGCI_LINT := bin/tools/golangci-lint
LINT_VERSION  := v2.15.0
# The S3 service that the tests drive.
VERSITYGW         := bin/tools/versitygw
VERSITYGW_VERSION := v1.8.0
# The client that the tests upload with.
TUS_CLIENT := test/tus/node_modules/.package-lock.json
# What makes front/web/api of api/openapi.yaml.
OAPI_CODEGEN         := bin/tools/oapi-codegen
OAPI_CODEGEN_VERSION := v2.8.2
# What the tests drive: a real SIPE client, SIPp, Samba's NTLM, ClamAV, a browser with fonts for many scripts.
TEST_PACKAGES := gcc libc6-dev libpurple-dev libxml2-dev pidgin-sipe pkg-config sip-tester winbind libxml2-utils xsltproc clamav-daemon c-icap libc-icap-mod-virus-scan chromium fonts-dejavu-core fonts-noto-core

.PHONY: build client client-test run generate test unit worlds e2e browser lint test-tools pidgin-fix clean

build: client
	$(GO) build -trimpath -o bin/ ./cmd/...

# The web client, which the build embeds. Without it the programs build as well, and serve a page that says so.
client: webclient/node_modules/.package-lock.json
	cd webclient && npm run --silent build

client-test: webclient/node_modules/.package-lock.json
	cd webclient && npm run --silent check && npm run --silent test

webclient/node_modules/.package-lock.json: webclient/package-lock.json
	cd webclient && npm ci --no-audit --no-fund && touch node_modules/.package-lock.json

run: build
	./bin/perch serve --demo

test: test-tools lint unit client-test worlds e2e browser

# Layers 1 to 5 and 7 of the tests that need no process of their own.
unit:
	$(GO) test -race -timeout 30m ./...

# Thousands of generated organisations, compared with a model of the rules; unit runs a few of them.
worlds:
	$(GO) test -count=1 -timeout 60m ./test/wire -run Worlds -worlds 2000

# The binary as its users run it: real sockets, the SIPE plugin, SIPp, kill -9; and what talks to others' servers.
e2e: build $(VERSITYGW) $(TUS_CLIENT)
	$(GO) test -tags e2e -count=1 -timeout 30m ./test/e2e/... ./sip/auth ./blob/s3 ./scan/...

# How long the browser tests let the network break; 600 is what the behaviour asks for.
CATCHUP_SECONDS ?= 120

# The web client in Debian's chromium, against the real server and beside a SIPE client.
browser: build bin/sipedriver test/browser/node_modules
	cd test/browser && npx tsc && CATCHUP_SECONDS=$(CATCHUP_SECONDS) npx playwright test

test/browser/node_modules: test/browser/package-lock.json
	cd test/browser && npm ci
	touch $@

SIPE_LIBS := purple gmodule-2.0 glib-2.0 libxml-2.0

bin/sipedriver: test/e2e/sipedriver/driver.c test/e2e/sipedriver/sax1.c
	mkdir -p bin
	gcc -std=gnu11 -Wall -O1 -g -rdynamic -o $@ $^ $$(pkg-config --cflags --libs $(SIPE_LIBS)) -ldl

lint: $(GOLANGCI_LINT)
	$(GOLANGCI_LINT) run ./...

$(GOLANGCI_LINT):
	GOBIN=$(CURDIR)/bin/tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

$(VERSITYGW):
	GOBIN=$(CURDIR)/bin/tools $(GO) install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW_VERSION)

$(OAPI_CODEGEN):
	GOBIN=$(CURDIR)/bin/tools $(GO) install github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@$(OAPI_CODEGEN_VERSION)

# What is made of api/openapi.yaml, and is in git so that go build needs no tool.
generate: $(OAPI_CODEGEN)
	$(OAPI_CODEGEN) -config front/web/api/oapi.yaml api/openapi.yaml

# tus-js-client, which the tests upload with.
$(TUS_CLIENT): test/tus/package-lock.json
	cd test/tus && npm ci --no-audit --no-fund
	touch $@

test-tools: $(TUS_CLIENT)
	@missing=$$(for p in $(TEST_PACKAGES); do \
		dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else \
		echo "make test needs packages that are not installed. Run:"; \
		echo "  sudo apt-get install -y --no-install-recommends" $$missing; exit 1; \
	fi

# For Pidgin on an updated Debian 12: see "libxml2" in docs/admin.md.
pidgin-fix:
	mkdir -p bin
	gcc -shared -fPIC -O2 -Wall -o bin/libxml2-sax1.so test/e2e/sipedriver/sax1.c $$(pkg-config --cflags libxml-2.0) -ldl

clean:
	rm -rf bin
