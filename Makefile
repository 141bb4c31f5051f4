# `make demo` and `make test` install what they need; both are safe to run again.
PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
# An import that Package.swift does not declare would build silently and blur the rooms' walls.
CHECK = --explicit-target-dependency-import-check error
# No library is looked for beside the binary: it would cost every start 50 failed look-ups.
RELEASE = -c release --static-swift-stdlib --disable-local-rpath --product belay
BELAY = .build/debug/belay

.PHONY: help build release demo test soak fuzz lint format bench install clean

help:
	@echo 'make demo      install what is missing, build, and show belay on a local etcd cluster'
	@echo 'make test      install what is missing, build, and run every test'
	@echo 'make build     a debug build            make release   a static release build'
	@echo 'make lint      style and dependencies   make format    apply the style'
	@echo 'make soak      the campaigns of the tests at their long size, or SUITES=NameCampaign'
	@echo 'make fuzz      feed every parser bytes nobody wrote, SECONDS=30 each'
	@echo 'make bench     measure against peers    make install   PREFIX=/usr/local DESTDIR='

build:
	@scripts/install-dependencies build
	$(SWIFT) build $(CHECK)

release:
	@scripts/install-dependencies build
	$(SWIFT) build $(RELEASE)

demo:
	@scripts/install-dependencies build lab
	$(SWIFT) build --product belay
	@demo/demo $(BELAY)

lint:
	$(SWIFT) format lint --strict -r Sources Tests Package.swift
	@scripts/check-style

format:
	$(SWIFT) format -i -r Sources Tests Package.swift

test:
	@scripts/install-dependencies build lab standins test
	@$(MAKE) --no-print-directory lint
	$(SWIFT) build $(CHECK) --build-tests
	@scripts/run-tests

# The campaigns (docs/testing.md), in hours instead of seconds; `nice`, since other work may go on beside them.
SUITES ?= Campaign/
soak:
	@scripts/install-dependencies build lab test
	$(SWIFT) build $(CHECK) --build-tests
	BELAY_SOAK=1 nice $(SWIFT) test --skip-build --no-parallel --filter $(SUITES)

SECONDS ?= 30
fuzz:
	@scripts/install-dependencies build
	@scripts/fuzz $(SECONDS)

bench:
	@scripts/install-dependencies build lab bench
	$(SWIFT) build $(RELEASE)
	$(SWIFT) build $(RELEASE:belay=journal-speed)
	@Benchmarks/run .build/release/belay

install: release
	install -D -m 755 .build/release/belay $(DESTDIR)$(PREFIX)/bin/belay
	for file in $$(cd runbooks && find . -type f); do \
	  install -D -m 644 runbooks/$$file $(DESTDIR)$(PREFIX)/share/belay/runbooks/$$file || exit 1; done
	for file in lab/standins/*; do \
	  install -D -m 755 $$file $(DESTDIR)$(PREFIX)/share/belay/standins/$${file##*/} || exit 1; done
	for file in inventories/*; do \
	  install -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/doc/belay/$$file || exit 1; done

clean:
	rm -rf .build Benchmarks/.work
