# What every file source is built from.
FILE_SOURCE := $(addprefix ../common/,file_source.c file_options.c file_order.c file_reading.c \
    file_position.c file_registry.c file_reader.c source_batch.c files.c say.c json.c)
LDLIBS := -lcrypto
