# Makefile: builds skep, its test programs and its fuzzers.
#
#     make                  build/skep, gcc, hardened
#     make SAN=address      with AddressSanitizer and UBSan, in build/address
#     make SAN=thread       with ThreadSanitizer, in build/thread
#     make CC=clang         in build/clang; goes together with SAN
#     make RELEASE=1        with link-time optimisation, in build/release
#     make tests | fuzz     test programs, fuzz targets by clang (fuzzers: by this compiler)
#     make check | bench | docs | fmt | clean | install [PREFIX=/usr/local DESTDIR=]
#
# Nothing is listed by hand: sources, views, features, migrations, assets and tests are found where
# they lie, and adding or removing one is noticed by the next make. BUILD=DIR builds elsewhere.

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.PHONY: all tests fuzz fuzzers check bench docs fmt clean install FORCE

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
empty :=
variant := $(filter-out gcc,$(notdir $(CC))) $(SAN) $(if $(RELEASE),release)
variant := $(subst $(empty) ,-,$(strip $(variant)))
BUILD ?= build$(addprefix /,$(variant))
GEN := $(BUILD)/gen
OBJ := $(BUILD)/obj
PREFIX ?= /usr/local
# ---- what lies in the tree ----

find = $(sort $(if $(wildcard $(1)),$(shell find $(wildcard $(1)) -type f -name '$(2)')))

SRCS := $(filter-out %_test.c,$(call find,src,*.c))
KIT := $(filter-out %_test.c,$(wildcard test/*.c))
TESTS := $(filter %_test.c,$(call find,src,*.c) $(wildcard test/*.c))
FUZZERS := $(wildcard test/fuzz/*_fuzz.c)
VIEWS := $(foreach html,$(call find,src test/fuzz,*.html),$(if $(filter %/views/,$(dir $(html))),$(html)))
LAYOUTS := $(wildcard src/view/layouts/*.html)
SHARED := $(wildcard src/view/shared/*.html)
MIGRATIONS := $(wildcard db/migrate/*.sql)
ASSET_SRCS := $(call find,assets,*) $(call find,src,*.css) $(call find,src,*.js)

# ---- flags (V=1 shows the commands) ----

Q := $(if $(V),,@)
SAY := $(if $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),:,echo)
PACKAGES := libuv libcurl sqlite3 libpq libsodium jansson gumbo libxml-2.0 zlib openssl libseccomp
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
LIBS := $(shell pkg-config --libs $(PACKAGES)) -lhttp_parser -lcmark-gfm-extensions -lcmark-gfm \
        -lpthread -lm
# What every request runs through stands in the program itself, from Debian's archives: calls into
# it and within it then go straight, and a page takes a tenth less (docs/decisions/0065).
archive = $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a))
INSIDE := $(foreach lib,sqlite3 sodium http_parser uv,\
            $(lib):$(firstword $(call archive,$(lib)) $(call archive,$(lib)_a)))
inside = $(or $(patsubst $(1:-l%=%):%,%,$(filter $(1:-l%=%):/%,$(INSIDE))),$(1))
PROGRAM_LIBS := $(foreach lib,$(LIBS),$(call inside,$(lib)))
TEST_LIBS := $(shell pkg-config --libs cmocka 2>/dev/null) -Xlinker -rpath=$(abspath $(BUILD))
WARN := -Wall -Wextra -Werror -Wno-missing-field-initializers -Wshadow -Wstrict-prototypes \
        -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wundef -Wvla -Wformat=2 \
        -Wno-format-nonliteral -Wimplicit-fallthrough
HARDEN := -f$(if $(SAN),PIC,PIE) -fstack-protector-strong -fno-common
LINK := -Wl,-z,relro,-z,now,-z,noexecstack
OPT := -O2 -g

ifeq ($(SAN),)
HARDEN += -D_FORTIFY_SOURCE=2
else
SANITIZE := $(if $(filter thread,$(SAN)),thread,address,undefined)
OPT := -O1 -g1 -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
OPT += $(if $(filter fuzz,$(SAN)),-fsanitize=fuzzer-no-link)
endif
OPT += $(if $(RELEASE),-flto=auto)

CPPFLAGS += -I$(GEN) -Isrc $(PKG_CFLAGS)
ALL_CFLAGS = -std=gnu17 $(OPT) $(HARDEN) $(WARN) $(CFLAGS)

define compile
@mkdir -p $(@D) && $(SAY) '  cc   $<'
$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(1) -MMD -MP -c -o $@ $<
endef
define link # objects, libraries
@mkdir -p $(@D) && $(SAY) '  link $@'
$(Q)$(CC) $(ALL_CFLAGS) $(if $(filter %.so,$@),-shared,-pie) $(LINK) $(LDFLAGS) -o $@ $(1)
endef

# ---- the program ----

GENERATED := $(patsubst %,$(GEN)/%.c,features migrations assets_data) \
             $(SHARED:src/view/shared/%.html=$(GEN)/views/shared/%.c)
OBJS := $(SRCS:%.c=$(OBJ)/%.o) $(GENERATED:$(BUILD)/%.c=$(OBJ)/%.o)
MAIN := $(OBJ)/src/main.o
HEADERS := $(GEN)/views/shared.h

all: $(BUILD)/skep
$(BUILD)/skep: $(OBJS) $(BUILD)/sources
	$(call link,$(OBJS) $(PROGRAM_LIBS))

# What was compiled with other flags, or linked from other files, is made again.
remember = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@
$(BUILD)/flags: FORCE
	$(call remember,$(CC) $(CPPFLAGS) $(ALL_CFLAGS))
$(BUILD)/sources: FORCE
	$(call remember,$(SRCS) $(KIT) $(SHARED) $(LINK) $(PROGRAM_LIBS))
$(GEN)/folders: FORCE
	$(call remember,$(filter src/features/%,$(SRCS)) $(MIGRATIONS) $(ASSET_SRCS))

# ---- views: NAME.html of feature F becomes views/F/NAME.h with the function F_NAME ----

mangle = $(subst -,_,$(subst .,_,$(patsubst _%,%,$(basename $(notdir $(1))))))
owner = $(notdir $(patsubst %/views/,%,$(dir $(1))))
define view_rule # source, header, function
HEADERS += $(2)
$(2): $(1) $(BUILD)/viewc
	@mkdir -p $$(@D)
	$(Q)$(BUILD)/viewc -n $(3) -o $$@ $(1)
endef
header = $(GEN)/views/$(1)/$(basename $(notdir $(2))).h
$(foreach v,$(VIEWS),$(eval \
    $(call view_rule,$v,$(call header,$(call owner,$v),$v),$(call owner,$v)_$(call mangle,$v))))
$(foreach v,$(LAYOUTS),$(eval \
    $(call view_rule,$v,$(call header,layouts,$v),layout_$(call mangle,$v))))

# A header of a view that is gone must not hide that a feature still includes it.
STALE := $(filter $(GEN)/%,$(filter-out $(HEADERS),$(call find,$(GEN)/views,*.h)))
$(if $(STALE),$(shell rm -f $(STALE)))

$(GEN)/views/shared/%.c: src/view/shared/%.html $(BUILD)/viewc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/viewc --extern -n shared_$(call mangle,$<) -o $@ $<

$(GEN)/shared: FORCE
	$(call remember,$(SHARED))
$(GEN)/views/shared.h: $(SHARED) $(BUILD)/viewc $(GEN)/shared
	@mkdir -p $(@D)
	$(Q){ echo '#pragma once'; echo '#include "view/html.h"'; $(foreach v,$(SHARED), \
	    $(BUILD)/viewc --declare -n shared_$(call mangle,$v) $v &&) :; } > $@

# ---- other generated sources ----

$(GEN)/features.c: tools/features.sh $(GEN)/folders
	$(Q)sh tools/features.sh > $@
$(GEN)/migrations.c: tools/migrations.sh $(MIGRATIONS) $(GEN)/folders
	$(Q)sh tools/migrations.sh > $@

# Icons are found by their names in views and C files, so those names count as sources.
$(BUILD)/icons: FORCE
	$(call remember,$(shell grep -rhoE '\bi-[a-z][a-z0-9-]*' src | sort -u))

$(BUILD)/assets/app.css: tools/build-assets.mjs node_modules/.package-lock.json $(BUILD)/icons \
                         $(ASSET_SRCS) $(GEN)/folders
	node tools/build-assets.mjs --out $(@D)

$(GEN)/assets_data.c: $(BUILD)/assets/app.css $(BUILD)/embed
	$(Q)$(BUILD)/embed -o $@ $(BUILD)/assets $$(find $(BUILD)/assets -type f)
node_modules/.package-lock.json: package-lock.json
	npm ci && touch $@

# ---- compiling ----

.PRECIOUS: $(OBJ)/%.o $(OBJ)/%_test.o $(OBJ)/test/%.o $(OBJ)/gen/%.o $(GEN)/views/shared/%.c

$(OBJ)/gen/%.o: $(GEN)/%.c $(BUILD)/flags | $(HEADERS)
	$(call compile)
$(OBJ)/test/%.o: test/%.c $(BUILD)/flags | $(HEADERS)
	$(call compile,-I.)
$(OBJ)/%_test.o: %_test.c $(BUILD)/flags | $(HEADERS)
	$(call compile,-I.)
$(OBJ)/%.o: %.c $(BUILD)/flags | $(HEADERS)
	$(call compile)
$(BUILD)/%: tools/%.c $(wildcard tools/*.h)
	@mkdir -p $(@D) && $(SAY) '  cc   $<'
	$(Q)$(CC) -std=gnu17 -O1 -g $(WARN) -o $@ $< -lz -lbrotlienc

# ---- tests: each a program of its own, of everything but main.c and what it needs of the kit ----
# Sanitized, the parts are linked once, to a library; else into each.
PARTS := $(filter-out $(MAIN) $(OBJ)/gen/features.o,$(OBJS))
$(BUILD)/libparts.so: $(PARTS) $(BUILD)/sources
	$(call link,$(PARTS) $(LIBS) -Xlinker -soname=$(@F))
$(BUILD)/libkit.a: $(KIT:%.c=$(OBJ)/%.o) $(OBJ)/gen/features.o $(BUILD)/sources
	$(Q)rm -f $@ && $(if $(RELEASE),gcc-ar,ar) rcs $@ $(filter %.o,$^)
BASE := $(if $(SAN),$(BUILD)/libparts.so,$(PARTS)) $(BUILD)/libkit.a
tests: $(TESTS:%.c=$(BUILD)/test/%) $(BUILD)/skep
$(BUILD)/test/%: $(OBJ)/%.o $(BASE)
	$(call link,$< $(BASE) $(TEST_LIBS) $(LIBS))

fuzz: ; $(MAKE) CC=clang SAN=fuzz fuzzers
fuzzers: $(FUZZERS:test/fuzz/%.c=$(BUILD)/fuzz/%)
FUZZ_MAIN := $(if $(filter fuzz,$(SAN)),-fsanitize=fuzzer,$(OBJ)/test/fuzz/driver.o)
$(BUILD)/fuzz/%: $(OBJ)/test/fuzz/%.o $(filter %.o,$(FUZZ_MAIN)) $(BASE)
	$(call link,$(FUZZ_MAIN) $< $(BASE) $(TEST_LIBS) $(LIBS))

# ---- the rest ----

check bench: ; bin/$@
docs: $(BUILD)/skep; sh tools/routes.sh $< > docs/api/routes.md
fmt:
	clang-format -i $(call find,src test tools,*.c) $(call find,src test tools,*.h)

clean: # but never a demo hub
	rm -rf $(addprefix $(BUILD)/,obj gen test fuzz assets icons flags sources \
	    libkit.a libparts.so skep viewc embed)

install: $(BUILD)/skep
	install -D -m 755 $< $(DESTDIR)$(PREFIX)/bin/skep
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(wildcard man/*.1)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system $(wildcard share/systemd/*)
	sed -i 's,/usr/local/,$(PREFIX)/,' $(DESTDIR)$(PREFIX)/lib/systemd/system/skep.service

-include $(OBJS:.o=.d) $(patsubst %.c,$(OBJ)/%.d,$(KIT) $(TESTS) $(wildcard test/fuzz/*.c))
