# make                        build/bin: hearsay, hearsay-broker, hearsay-worker; build/lib: libhearsay
# make demo                   installs what is missing, builds, runs it all on the sample articles
# make check                  installs what is missing, every test
# make check-unit check-e2e   the two halves of it
# make SAN=address,undefined check-unit     (or SAN=thread)
# make gold gold-accept          the engine against tests/gold; write down what it does now
# make check-faults soak         the fault tests, short and long
# make deb check-deploy          Debian packages; units and packages under their own tools
# make bench bench-queue fuzz headers lint format install uninstall clean
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
LIBDIR   ?= $(PREFIX)/lib
INCDIR   ?= $(PREFIX)/include
DATADIR  ?= $(PREFIX)/share/hearsay
MANDIR   ?= $(PREFIX)/share/man
CFLAGS   ?= -O2 -g
VERSION  := $(shell cat VERSION)
comma    := ,
B        := build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
Q        := $(if $(V),,@)
say       = $(if $(V),,@echo '  $(1)	$(patsubst $(B)/%,%,$@)';)

PKGS     := libzmq libprotobuf-c sqlite3 libzstd libsodium libsystemd libutf8proc jansson libmicrohttpd
flags     = -std=c11 -D_GNU_SOURCE -DHEARSAY_VERSION='"$(VERSION)"' -DHEARSAY_DATADIR='"$(DATADIR)"' \
            -I. -Iinclude -I$(B) -pthread -fPIC \
            -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-missing-field-initializers \
            $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) $(pkg_cflags)
pkg_cflags := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
pkg_libs   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LDLIBS   += $(pkg_libs) -ldnnl -lgomp -lm
LDFLAGS  += -pthread $(if $(SAN),-fsanitize=$(SAN))

ifeq ($(pkg_libs)$(filter demo check fuzz lint format clean,$(MAKECMDGOALS)),)
$(error Libraries are missing: run deploy/deps.sh, which installs them (or make demo, which does it all))
endif

# kernels.c is compiled once more for each instruction set that pays; one is chosen at run time.
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine 2>/dev/null)),)
kernels  := $(B)/worker/engine/kernels.avx2.o $(B)/worker/engine/kernels.avx512.o
endif
kernels_flags := -O3 -ffp-contract=fast -fassociative-math -fno-signed-zeros -fno-trapping-math \
                 -ffinite-math-only -fno-math-errno
isa_avx2      := -mavx2 -mfma
isa_avx512    := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mprefer-vector-width=512

objs      = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))
main      = $(B)/$(1)/main.o
shared   := $(filter-out %/exposer.o,$(call objs,lib/*.c proto/*.c)) $(B)/proto/hearsay.pb-c.o
exposer  := $(B)/lib/exposer.o
engine   := $(call objs,worker/engine/*.c) $(kernels)
broker   := $(filter-out %/main.o,$(call objs,broker/*.c)) $(exposer)
worker   := $(filter-out %/main.o,$(call objs,worker/*.c)) $(exposer)
client   := $(call objs,$(patsubst %,client/%.c,answer client dealer publish request turn))
command  := $(filter-out $(client) %/main.o,$(call objs,client/*.c))
tests    := $(patsubst %.c,$(B)/%,$(wildcard tests/check_*.c))
fuzzers  := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
faults   := $(patsubst %.c,$(B)/%,$(filter-out %/shim.c,$(wildcard tests/faults/*.c)))
benches  := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
headers  := $(patsubst %,$(B)/%.ok,$(wildcard include/*.h proto/*.h broker/*.h worker/*.h worker/engine/*.h client/*.h))
programs := $(B)/bin/hearsay $(B)/bin/hearsay-broker $(B)/bin/hearsay-worker

libs     := $(B)/lib/libhearsay.a $(B)/lib/libhearsay.so.0

all: $(programs) $(libs)

$(B)/bin/hearsay-broker: $(call main,broker) $(broker) $(shared)
$(B)/bin/hearsay-worker: $(call main,worker) $(worker) $(engine) $(shared)
$(B)/bin/hearsay: $(call main,client) $(command) $(client) $(engine) $(shared)

# A test, fuzzer or bench of module m (check_m, check_m_more, fuzz_m, bench_m) links the room
# where m.c stands and what that room may depend on: so a test also shows that it needs no more.
needs_lib           := $(exposer)
needs_proto         :=
needs_worker/engine := $(engine)
needs_broker        := $(broker)
needs_worker        := $(worker) $(engine)
needs_client        := $(command) $(client) $(engine)
rooms     = lib proto worker/engine broker worker client
module    = $(word 2,$(subst _, ,$(notdir $(1))))
room      = $(firstword $(foreach r,$(rooms),$(if $(wildcard $(r)/$(call module,$(1)).c),$(r))))
.SECONDEXPANSION:
$(tests) $(fuzzers) $(benches): $(B)/%: $(B)/%.o $$(needs_$$(call room,$$@)) $(shared)
$(B)/tests/check_encoder: $(B)/tests/encoder_f32.o
$(B)/tests/check_engine_gold $(B)/tests/check_gold: $(call objs,tests/gold_*.c)
$(B)/tests/bench/fixture: $(B)/tests/bench/fixture.o $(B)/tests/encoder_f32.o $(engine) $(shared)
$(tests): LDLIBS += $(shell pkg-config --libs check 2>/dev/null)
# Programs that the fault tests are played with: of ours they need the library and the link.
$(faults): $(B)/%: $(B)/%.o $(client) $(shared)
$(B)/tests/faults/hand: $(worker) $(engine)
$(B)/tests/faults/shim.so: tests/faults/shim.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -fPIC -shared -o $@ $<
$(programs) $(tests) $(fuzzers) $(benches) $(faults) $(B)/tests/bench/fixture:
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The client library: what hearsay.h declares, and nothing else, is to be seen from outside.
$(B)/lib/libhearsay.a: $(client) $(shared)
	@mkdir -p $(@D)
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^
$(B)/lib/libhearsay.so.0: $(client) $(shared) client/libhearsay.map
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS) -shared -Wl,-soname,libhearsay.so.0 -Wl,-z,nodelete \
		-Wl,--version-script=client/libhearsay.map -o $@ $(filter %.o,$^) $(library_libs)
library_libs := $(shell pkg-config --libs libzmq libprotobuf-c libzstd libutf8proc libsodium 2>/dev/null)

$(B)/%.o: %.c | $(B)/proto/hearsay.pb-c.h
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/worker/engine/kernels.o $(kernels): override CFLAGS += $(kernels_flags)
$(kernels): $(B)/worker/engine/kernels.%.o: worker/engine/kernels.c | $(B)/proto/hearsay.pb-c.h
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) $(isa_$*) -DKERNELS_ISA=$* -MMD -MP -c -o $@ $<
$(B)/proto/%.pb-c.o: $(B)/proto/%.pb-c.c
	$(call say,CC)$(CC) $(flags) -w $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/proto/%.pb-c.c $(B)/proto/%.pb-c.h &: proto/%.proto
	@mkdir -p $(@D)
	$(call say,PROTOC)protoc-c --c_out=$(B) $<

# Each header compiles alone: what it needs, it includes.
headers: $(headers)
$(B)/%.h.ok: %.h | $(B)/proto/hearsay.pb-c.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(flags) -fsyntax-only -x c $< && touch $@

# ------------------------------------------------------------ the two commands

demo:
	@deploy/deps.sh build
	@$(MAKE) --no-print-directory -j"$$(nproc)" all
	@BIN=$(B)/bin docs/demo.sh

check:
	@deploy/deps.sh check
	@$(MAKE) --no-print-directory -j"$$(nproc)" all $(tests) fault-programs headers
	@$(MAKE) --no-print-directory check-unit check-e2e check-faults

# Sanitizers and the tests' helper programs see their suppressions and nothing of this shell.
check-unit: $(tests) headers
	@tests/unit $(tests)
# The engine's specification, with its table; and: what the engine does now is what is known.
gold: $(B)/tests/check_engine_gold
	@$<
# Rounding differs between instruction sets: what comes out otherwise on another one wavers.
gold-accept: $(B)/tests/check_engine_gold
	@GOLD_ACCEPT=1 $<
	@for isa in $(gold_isas); do ONEDNN_MAX_CPU_ISA=$$isa GOLD_ACCEPT=wavering $< || exit 1; done
gold_isas := AVX512_CORE_VNNI AVX2 AVX SSE41
check-e2e: all
	@BIN=$(B)/bin tests/e2e/run
fault-programs: $(faults) $(B)/tests/faults/shim.so
check-faults: all fault-programs
	@BIN=$(B)/bin tests/faults/run
# The same for as long as it takes.  NAMES=10-power-cut for one.
soak: all fault-programs
	@SOAK=1 BIN=$(B)/bin tests/faults/run $(NAMES)
# Break each invariant in a copy: does a test notice?
mutations:
	@tests/faults/mutations

# -------------------------------------------------------------- more scrutiny

sanitize:
	@$(MAKE) --no-print-directory -j"$$(nproc)" SAN=address,undefined check-unit
	@$(MAKE) --no-print-directory -j"$$(nproc)" SAN=thread check-unit

FUZZ_SECONDS ?= 60
fuzz:
	@deploy/deps.sh lint
	@$(MAKE) --no-print-directory -j"$$(nproc)" CC=clang SAN=fuzzer-no-link,address fuzz-bins
	@tests/fuzz/run $(FUZZ_SECONDS) $(patsubst tests/fuzz/%.c,build/fuzzer-no-link-address/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-bins: $(fuzzers)
$(fuzzers): LDFLAGS += -fsanitize=fuzzer

bench:
	@B=$(B) tests/bench/speed
	@B=$(B) tests/bench/fixture

# Beside other queues, with the harness of the shared folder (LAB); ADAPTER is what it is built to.
bench-queue: all
	@B=$(B) tests/bench/queue
queue-adapter: $(ADAPTER)
$(ADAPTER): $(B)/tests/bench/mq/p_hearsay.o $(LAB)/common.c $(B)/worker/line.o $(client) $(shared)
	$(call say,LD)$(CC) -w -O2 $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/tests/bench/mq/p_hearsay.o: override CFLAGS += -I$(LAB)

# Debian packages, in build/deb; and what is deployed, checked by its own tools.
deb:
	@deploy/deps.sh deploy
	@deploy/deb
check-deploy: all
	@deploy/deps.sh deploy
	@tests/deploy $(B)

sources := $(wildcard lib/*.c proto/*.c broker/*.c worker/*.c worker/engine/*.c client/*.c)
allc     = $(sources) $(wildcard include/*.h proto/*.h broker/*.h worker/*.h worker/engine/*.h client/*.h \
           tests/*.[ch] tests/faults/*.[ch] tests/fuzz/*.c tests/bench/*.c)
lint: $(B)/proto/hearsay.pb-c.h
	@deploy/deps.sh lint
	@clang-format --dry-run -Werror $(allc)
	@printf '%s\n' $(sources) | xargs -P "$$(nproc)" -I{} clang-tidy --quiet {} -- $(flags) 2>&1 | \
		grep -vE '^[0-9]+ warnings? generated' >$(B)/tidy.log; \
		cat $(B)/tidy.log; ! grep -q 'error:' $(B)/tidy.log
	@mandoc -Tlint -W warning docs/man/*.[1-8]
	@shellcheck -S warning deploy/*.sh docs/demo.sh tests/unit tests/e2e/run tests/e2e/*.sh tests/faults/run tests/faults/mutations tests/faults/*.sh tests/fuzz/run tests/deploy deploy/deb tests/bench/tokens tests/bench/speed tests/bench/fixture tests/bench/quality tests/bench/speakers tests/bench/away .ci/run
	@echo 'lint: nothing to say'

format:
	clang-format -i $(allc)

# -------------------------------------------------------------------- install

man      := $(wildcard docs/man/*.[1-8])
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCDIR) $(DESTDIR)$(DATADIR) \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(programs) $(DESTDIR)$(BINDIR)
	install -m 644 $(B)/lib/libhearsay.a $(DESTDIR)$(LIBDIR)
	install -m 755 $(B)/lib/libhearsay.so.0 $(DESTDIR)$(LIBDIR)
	ln -sf libhearsay.so.0 $(DESTDIR)$(LIBDIR)/libhearsay.so
	install -m 644 include/hearsay.h $(DESTDIR)$(INCDIR)
	install -m 644 proto/hearsay.proto model/hearsay-en.safetensors model/vocab.txt model/CARD.md \
		$(DESTDIR)$(DATADIR)
	install -m 644 deploy/completion/hearsay.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/hearsay
	install -m 644 deploy/completion/_hearsay $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -m 644 deploy/completion/hearsay.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCDIR@|$(INCDIR)|; s|@VERSION@|$(VERSION)|' \
		deploy/hearsay.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/hearsay.pc
	for m in $(man); do install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/} || exit 1; done

uninstall:
	rm -f $(patsubst $(B)/bin/%,$(DESTDIR)$(BINDIR)/%,$(programs)) $(DESTDIR)$(LIBDIR)/libhearsay.* \
		$(DESTDIR)$(INCDIR)/hearsay.h $(DESTDIR)$(LIBDIR)/pkgconfig/hearsay.pc \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/hearsay \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_hearsay \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hearsay.fish
	rm -f $(foreach m,$(man),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	rm -rf $(DESTDIR)$(DATADIR)

clean:
	rm -rf build

.PHONY: all demo bench check check-unit gold gold-accept check-e2e check-faults fault-programs soak mutations bench-queue queue-adapter deb check-deploy sanitize fuzz fuzz-bins headers lint format install uninstall clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
