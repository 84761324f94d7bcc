# The house's front door. Every target is one script under scripts/, so that it can be read and run alone.
SHELL := /bin/bash
export LC_ALL := C.UTF-8
.DEFAULT_GOAL := help
.PHONY: help deps build release install uninstall deb deb-test run test browser-test simulate chaos fuzz sanitize bench \
	bench-figures bench-growth bench-compare check-costs soak pages \
	golden golden-tables lint format clean clean-data

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install the Debian packages that are missing
	@scripts/deps

build: deps ## build everything for debugging
	swift build

release: deps ## build the programs optimized, with the Swift runtime inside
	@scripts/release

# For make install and make uninstall; see scripts/install.
export PREFIX DESTDIR
install: release ## install programs, manual, completions and units below PREFIX (/usr/local)
	@scripts/install

uninstall: ## remove them again; /etc/parley stays
	@scripts/install --uninstall

deb: release ## make a Debian package in .build/deb
	@scripts/package-deb

deb-test: ## prove the package in a bare Debian of its own
	@scripts/deb-test

# The script ends with this make, also when make is killed and can say nothing more.
run: release ## start PostgreSQL, Redis, two nodes and the balancer; Ctrl-C stops them
	@exec setpriv --pdeathsig TERM scripts/run

test: deps ## run the whole test suite
	@scripts/test

browser-test: deps ## let people use the web client in a headless Chromium, on two nodes
	swift build
	@scripts/browser-test

simulate: deps ## run simulated clusters; SEEDS=10000 FIRST=1: so many, from a seed on
	@scripts/simulate $(or $(SEEDS),2000) $(FIRST)

fuzz: deps ## let libFuzzer feed the readers of what strangers send, for a while
	@scripts/fuzz

sanitize: deps ## run the suite under two sanitizers, for an hour; KIND=thread: only races, KIND=address: only memory
	@for kind in $(or $(KIND),address thread); do scripts/sanitize $$kind || exit 1; done

bench: release ## run the benchmark, write its table and plot
	@scripts/bench

bench-figures: release ## measure what docs/performance.md sets as goals, for two hours; RUNS, MEASURE, ONLY
	@scripts/bench-figures

bench-growth: release ## measure how the cost of a message grows with log, nodes, conversations and groups, for an hour
	@scripts/bench-growth

bench-compare: release ## measure Parley and ejabberd in turn, write both; installs ejabberd if it is missing
	@scripts/bench-compare

check-costs: release ## count what a message costs in instructions and allocations, compare with the ceilings
	@scripts/check-costs

soak: release ## let two nodes carry traffic for an hour, write what grew
	@scripts/soak

pages: ## write anew the pages that are made from the code and the tests
	WRITE_PAGES=1 swift test --filter 'DescriptionTests|AuthorityPageTests'
	scripts/methods-page
	scripts/conformance
	scripts/diagrams

golden: deps ## record the logs of replay/golden anew, from real nodes; LOG=audit: only that one
	swift build --build-tests
	WRITE_GOLDEN=$(or $(LOG),all) swift test --skip-build --filter GoldenRecording

golden-tables: deps ## write the tables of replay/golden anew, after a projection changed; read the difference
	swift build --build-tests
	WRITE_GOLDEN_TABLES=1 swift test --skip-build --filter everyRecordedLogGivesItsTables

lint: ## check formatting, the shell scripts, links and drawings
	@scripts/lint

format: ## format the Swift sources in place
	swift format --in-place --recursive --parallel Sources Tests replay migrations web Package.swift

clean: ## drop the build
	swift package clean

clean-data: ## drop the data of make run
	@scripts/clean-data
