# make                        build/bin: hearsay, hearsay-broker, hearsay-worker; build/lib: libhearsay
# make demo                   installs what is missing, builds, runs it all on the sample articles
# make check                  installs what is missing, every test
# make check-unit check-e2e   the two halves of it
# make SAN=address,undefined check-unit     (or SAN=thread)
# make bench fuzz headers lint format install uninstall clean
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

PKGS     := libzmq libprotobuf-c sqlite3 libzstd libsodium libsystemd libutf8proc jansson
flags     = -std=c11 -D_GNU_SOURCE -DHEARSAY_VERSION='"$(VERSION)"' -DHEARSAY_DATADIR='"$(DATADIR)"' \
            -I. -Iinclude -I$(B) -pthread -fPIC \
            -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-missing-field-initializers \
            $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) $(pkg_cflags)
pkg_cflags := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
pkg_libs   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LDLIBS   += $(pkg_libs) -ldnnl -lgomp -lm
LDFLAGS  += -pthread $(if $(SAN),-fsanitize=$(SAN))

objs      = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))
main      = $(B)/$(1)/main.o
shared   := $(call objs,lib/*.c proto/*.c) $(B)/proto/hearsay.pb-c.o
engine   := $(call objs,worker/engine/*.c)
broker   := $(filter-out %/main.o,$(call objs,broker/*.c))
worker   := $(filter-out %/main.o,$(call objs,worker/*.c))
client   := $(B)/client/client.o
command  := $(filter-out $(client) %/main.o,$(call objs,client/*.c))
tests    := $(patsubst %.c,$(B)/%,$(wildcard tests/check_*.c))
fuzzers  := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
benches  := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
headers  := $(patsubst %,$(B)/%.ok,$(wildcard include/*.h broker/*.h worker/*.h worker/engine/*.h client/*.h))
programs := $(B)/bin/hearsay $(B)/bin/hearsay-broker $(B)/bin/hearsay-worker

all: $(programs)

$(B)/bin/hearsay-broker: $(call main,broker) $(broker) $(shared)
$(B)/bin/hearsay-worker: $(call main,worker) $(worker) $(engine) $(shared)
$(B)/bin/hearsay: $(call main,client) $(command) $(client) $(engine) $(shared)

# A test, fuzzer or bench of module m (check_m, fuzz_m, bench_m) links the part of the
# house where m.c stands and what that part may depend on; one of no module links it all.
needs_lib :=
needs_proto :=
needs_worker/engine := $(engine)
needs_broker := $(broker)
needs_worker := $(worker) $(engine)
needs_client := $(command) $(client) $(engine)
needs_       := $(broker) $(worker) $(command) $(client) $(engine)
rooms     = lib proto worker/engine broker worker client
module    = $(patsubst check_%,%,$(patsubst fuzz_%,%,$(patsubst bench_%,%,$(notdir $(1)))))
room      = $(firstword $(foreach r,$(rooms),$(if $(wildcard $(r)/$(call module,$(1)).c),$(r))))
.SECONDEXPANSION:
$(tests) $(fuzzers) $(benches): $(B)/%: $(B)/%.o $$(needs_$$(call room,$$@)) $(shared)
$(tests): LDLIBS += $(shell pkg-config --libs check 2>/dev/null)
$(programs) $(tests) $(fuzzers) $(benches):
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c | $(B)/proto/hearsay.pb-c.h
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/proto/%.pb-c.o: $(B)/proto/%.pb-c.c
	$(call say,CC)$(CC) $(flags) -w $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/proto/%.pb-c.c $(B)/proto/%.pb-c.h &: proto/%.proto
	@mkdir -p $(@D)
	$(call say,PROTOC)protoc-c --c_out=$(B) $<

# Each header compiles alone: what it needs, it includes.
headers: $(headers)
$(B)/%.h.ok: %.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(flags) -fsyntax-only -x c $< && touch $@

clean:
	rm -rf build

.PHONY: all headers clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
