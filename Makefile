# Every job of the project, one word each. `make demo` and `make test` need nothing but this file, the Swift
# toolchain and a Debian machine: they install the rest.

VERSION := $(shell sed -n 's/^\#define I2V_VERSION "\(.*\)"/\1/p' include/image2video.h)

# Which Swift runtime the library stands on: `embedded` (none, what ships) or `static` (linked in). What ships with a
# sanitizer in it is `embedded-address` or `embedded-thread`, for the tests.
RUNTIME ?= embedded
PREFIX ?= /usr/local
LIBDIR ?= lib
DESTDIR ?=

TOP := $(CURDIR)
LIB_embedded := $(TOP)/build/lib
LIB_embedded-address := $(TOP)/build/lib-address
LIB_embedded-thread := $(TOP)/build/lib-thread
LIB_static := $(TOP)/build/lib-static
LIB := $(LIB_$(RUNTIME))
ARCHIVE := .build-$(RUNTIME)/release/libImage2VideoC.a
STAGE := $(TOP)/build/stage
TOOLS := $(TOP)/tools/.build/debug
# Sections of their own let the linker drop the functions that nothing calls. Copies of functions for each closure
# they are given would make up one part in twenty-five of the library.
FLAGS_embedded := --traits Embedded -Xswiftc -wmo -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections \
	-Xswiftc -Xllvm -Xswiftc -sil-disable-pass=closure-specialize
# Swift checks itself for undefined behaviour; the flag for it is for the C of the shims.
FLAGS_embedded-address := $(FLAGS_embedded) --sanitize=address -Xcc -fsanitize=undefined
FLAGS_embedded-thread := $(FLAGS_embedded) --sanitize=thread -Xcc -fsanitize=undefined
FLAGS_static := -Xswiftc -static-stdlib

.DEFAULT_GOAL := help
.PHONY: help demo test lib install uninstall stage wheel sandbox abi abi-check docs format clean \
	connections crash-rounds power-loss fault-matrix fault-matrix-check fuzz sanitizers valgrind secrets tls bench \
	setup-build setup-demo setup-test

help:
	@echo "make demo      set up, build, and turn pictures into videos against the local sandbox"
	@echo "make test      set up, build, and run every test"
	@echo "make lib       the shared library and the static archive, in build/lib (RUNTIME=static: on Swift's runtime)"
	@echo "make install   header, libraries, pkg-config and CMake files under PREFIX (and DESTDIR)"
	@echo "make wheel     the Python package with the library inside, in build/wheel"
	@echo "make sandbox   the local stand-in for the service"
	@echo "make abi       the header and what else follows from Sources/Image2VideoC"
	@echo "make docs      the references of the C API and of the Python package, in build/docs"
	@echo "make format    swift-format over all Swift sources"
	@echo "make clean     remove what was built"
	@echo "The proofs alone, or in a longer form (docs/reliability.md says of what):"
	@echo "make crash-rounds        380 rounds of hosts killed or stopped, their ledger under pressure: nothing paid for is lost"
	@echo "make power-loss          the power lost at tens of thousands of moments: what a host was told is on disk"
	@echo "make fault-matrix-check  every fault on every operation, also behind proxies, compared with docs/reliability.md"
	@echo "make fault-matrix        the same, WRITTEN into docs/reliability.md"
	@echo "make connections         creates against servers and an nginx that break and refuse connections in every way"
	@echo "make fuzz                ten million fuzzed inputs through the decoders, the webhooks, the transport, the ledger"
	@echo "                         and the C boundary"
	@echo "make sanitizers          the C, Swift and Python suites and both fault tables under address and thread sanitizers"
	@echo "make valgrind            the C suite and both fault tables under valgrind"
	@echo "make secrets             the tests that search for credentials where they must not be"
	@echo "make tls                 the tests of certificates and host names"
	@echo "make bench     how quick things are, each beside another measurement of the same run, as ratios"

setup-build setup-demo setup-test: setup-%:
	@packaging/setup.sh $*

lib: setup-build
	@echo "== library ($(RUNTIME)) =="
	@# SwiftPM does not look at the headers of system modules.
	@[ -z "$$(find Sources/C*/ -newer $(ARCHIVE) 2>/dev/null)" ] || rm -rf .build-$(RUNTIME)
	@swift build -c release --scratch-path .build-$(RUNTIME) $(FLAGS_$(RUNTIME)) --product Image2VideoC
	@packaging/link.sh $(RUNTIME) $(ARCHIVE) $(VERSION) $(LIB)
	@ls -l $(LIB)/libimage2video.so.$(VERSION) | awk '{ print $$NF ": " $$5 " bytes" }'

install: lib
	@packaging/install.sh "$(LIB)" $(VERSION) "$(PREFIX)" "$(LIBDIR)" "$(DESTDIR)"
	@echo "installed under $(DESTDIR)$(PREFIX)"

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/include/image2video.h $(DESTDIR)$(PREFIX)/$(LIBDIR)/libimage2video.* \
		$(DESTDIR)$(PREFIX)/$(LIBDIR)/pkgconfig/image2video.pc
	rm -rf $(DESTDIR)$(PREFIX)/$(LIBDIR)/cmake/image2video

# An installed copy for the demo, the examples and the tests: they use the library as a user's program does.
stage: lib
	@rm -rf $(STAGE)
	@packaging/install.sh $(LIB) $(VERSION) $(STAGE) lib ""

sandbox:
	@echo "== sandbox (the first build takes some minutes) =="
	@swift build --package-path tools --product Sandbox

abi:
	@swift build --package-path tools --product ABIGenerator
	@$(TOOLS)/ABIGenerator --root .

abi-check:
	@swift build --package-path tools --product ABIGenerator
	@$(TOOLS)/ABIGenerator --root . --check

# Both halves take a warning for an error: what is not documented, or wrongly, stops them.
docs: setup-test
	@rm -rf build/docs && mkdir -p build/docs
	@I2V_VERSION=$(VERSION) doxygen docs/Doxyfile
	@[ -x .venv/bin/python ] || python3 -m venv .venv
	@.venv/bin/python -m pip install -q --disable-pip-version-check pdoc rich
	@PYTHONPATH=bindings/python/src .venv/bin/python -W error -m pdoc -d restructuredtext -o build/docs/python \
		image2video image2video._base image2video._snapshot image2video.job
	@echo "build/docs/c/image2video_8h.html, build/docs/python/image2video.html"

wheel: lib
	@packaging/wheel.sh $(LIB) $(TOP)/build/wheel

# What the tests do not hold anything to: a time is the machine's, a ratio of two times of one run is not.
bench: setup-demo lib sandbox
	@I2V_INCLUDE=$(TOP)/include I2V_LIB=$(LIB) I2V_BUILD=$(TOP)/build/tests I2V_SANDBOX=$(TOOLS)/Sandbox \
		Tests/bench/run.sh

# The proofs: the long forms of those that `make test` runs in short, and the others by themselves, as steps of it.
RELIABILITY := I2V_INCLUDE=$(TOP)/include I2V_LIB=$(LIB) I2V_BUILD=$(TOP)/build/tests I2V_SANDBOX=$(TOOLS)/Sandbox \
	Tests/reliability/run.sh

crash-rounds: lib sandbox
	@$(RELIABILITY) crash-long --reconcile
	@$(RELIABILITY) crash-shared --reconcile

power-loss: lib sandbox
	@$(RELIABILITY) power-long

fault-matrix: lib sandbox
	@$(RELIABILITY) matrix --write
	@$(RELIABILITY) proxies --write

fault-matrix-check: lib sandbox
	@$(RELIABILITY) matrix --check
	@$(RELIABILITY) matrix --check --proxied
	@$(RELIABILITY) proxies --check

STEPS_sanitizers := python_setup library_address_sanitizer library_thread_sanitizer c_address_sanitizer \
	c_thread_sanitizer fault_matrix_address_sanitizer fault_matrix_thread_sanitizer proxies_address_sanitizer \
	proxies_thread_sanitizer python_address_sanitizer swift_address_sanitizer swift_thread_sanitizer
STEPS_valgrind := c_valgrind fault_matrix_valgrind
STEPS_secrets := python_setup secrets
STEPS_tls := tls

# 10,000 creates through nginx, which ends connections every 50 requests and is reloaded, and 2,000 against servers
# that leave more answers on a connection than were asked for: some minutes.
connections: export I2V_NGINX_CREATES := 10000
connections: export I2V_CREATES := 2000
STEPS_connections := python_setup connections

connections sanitizers valgrind secrets tls:
	@packaging/timed.sh "make $@" Tests/run.sh setup library sandbox $(STEPS_$@)

demo:
	@packaging/timed.sh "make demo" $(MAKE) --no-print-directory run-demo

.PHONY: run-demo
run-demo: setup-demo stage sandbox
	@I2V_STAGE=$(STAGE) I2V_SANDBOX=$(TOOLS)/Sandbox python3 tools/demo/demo.py

test:
	@packaging/timed.sh "make test" Tests/run.sh

# The quick form is a step of the tests. Takes less than an hour on two cores.
fuzz: setup-test
	@packaging/timed.sh "make fuzz" Tests/fuzz/run.sh long

format:
	swift format --in-place --recursive Package.swift Sources Tests/Image2VideoTests examples/swift/Package.swift \
		examples/swift/Sources tools/Package.swift tools/Sources tools/Tests

clean:
	rm -rf build .build .build-* tools/.build examples/swift/.build
