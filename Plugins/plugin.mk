# Builds one plugin into $(OUT)/NAME.so. A plugin's Makefile says NAME and SOURCES (C, C++ or Swift;
# one language a plugin), and, where needed, CFLAGS, LDLIBS, SWIFTFLAGS, and includes this file.
#   make          the .so            make test   its own tests (tests/*.c, run with the .so's path)
#   make SAN=1    with the address and undefined-behaviour sanitizers (C and C++)

ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
OUT ?= $(ROOT)/.build/plugins
# Objects lie below own/, so that those of ../common stay this plugin's, and this kind of build's.
WORK := $(ROOT)/.build/plugin-work/$(NAME)$(if $(SAN),-san)
EXPORTS := $(ROOT)/Plugins/exports.map

CC ?= cc
CXX ?= g++
SWIFTC ?= swiftc
WARNINGS := -Wall -Wextra -Werror
COMMON := -O2 -g -fPIC -fvisibility=hidden $(WARNINGS) -I$(ROOT)/SDK/include -D_GNU_SOURCE
LINK := -shared -Wl,-z,defs -Wl,--version-script=$(EXPORTS) -Wl,--as-needed
ifdef SAN
SANITIZE := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
OUT := $(ROOT)/.build/plugins-sanitized
LINK := -shared -Wl,--version-script=$(EXPORTS)
endif
LIBRARY := $(OUT)/$(NAME).so

C_SOURCES := $(filter %.c,$(SOURCES))
CXX_SOURCES := $(filter %.cpp,$(SOURCES))
SWIFT_SOURCES := $(filter %.swift,$(SOURCES))
OBJECTS := $(C_SOURCES:%.c=$(WORK)/own/%.o) $(CXX_SOURCES:%.cpp=$(WORK)/own/%.o)
HEADERS := $(wildcard *.h *.hpp ../common/*.h) $(ROOT)/SDK/include/spillway/abi.h

.PHONY: all test clean
all: $(LIBRARY)

ifneq ($(SWIFT_SOURCES),)
# Self-contained: its own Swift runtime inside, one symbol exported, so that it does not care which
# Swift built the host. It stays resident once loaded.
$(LIBRARY): $(SWIFT_SOURCES) $(EXPORTS) $(ROOT)/SDK/include/spillway/abi.h Makefile
	@mkdir -p $(@D) $(WORK)
	$(SWIFTC) -O -whole-module-optimization -swift-version 6 -warnings-as-errors \
	    -parse-as-library -emit-library -static-stdlib \
	    -module-name $(subst -,_,$(NAME)) -I $(ROOT)/Sources/SpillwayABI/include $(SWIFTFLAGS) \
	    -Xcc -I$(ROOT)/SDK/include $(SWIFT_SOURCES) -o $@ \
	    -Xlinker --version-script=$(EXPORTS) -Xlinker -Bsymbolic -Xlinker --gc-sections $(LDLIBS)
else
$(LIBRARY): $(OBJECTS) $(EXPORTS)
	@mkdir -p $(@D)
	$(if $(CXX_SOURCES),$(CXX),$(CC)) $(SANITIZE) $(LINK) $(OBJECTS) -o $@ $(LDLIBS)

$(WORK)/own/%.o: %.c Makefile $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=c11 $(COMMON) $(SANITIZE) $(CFLAGS) -c $< -o $@

$(WORK)/own/%.o: %.cpp Makefile $(HEADERS)
	@mkdir -p $(@D)
	$(CXX) -std=c++20 $(COMMON) $(SANITIZE) $(CXXFLAGS) -c $< -o $@
endif

# Each tests/NAME.c is a program: it is given the path of the .so and exits 0.
# A plugin that shares an interface with another one adds that one's programs to TESTS.
TESTS += $(wildcard tests/*.c)
KIT := $(ROOT)/Tests/PluginKit
test: $(LIBRARY)
	@mkdir -p $(WORK)
	@set -e; for t in $(TESTS); do \
	    program=$(WORK)/$$(basename $$t .c); \
	    $(CC) -std=c11 -O1 -g $(WARNINGS) $(SANITIZE) -D_GNU_SOURCE -I$(ROOT)/SDK/include \
	        -I$(ROOT)/Sources/CHost/include -I$(KIT) $$t $(KIT)/kit.c $(ROOT)/Sources/CHost/frame.c \
	        -o $$program -ldl -lpthread $(TEST_LDLIBS); \
	    echo "$(NAME): $$t"; $$program $(LIBRARY); \
	done

clean:
	rm -rf $(WORK) $(LIBRARY)
