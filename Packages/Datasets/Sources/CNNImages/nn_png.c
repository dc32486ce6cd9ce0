#include "include/nn_images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/// A PNG file in memory, what is made of it, and what must be released when that fails.
typedef struct {
    const uint8_t *bytes;
    size_t count, position;
    char *message;
    png_structp png;
    png_infop info;
    size_t height, width;
    uint8_t *pixels;
    size_t channels;
    bool is_deep;
} reader;

static bool is_little_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 1;
}

static void fail(png_structp png, png_const_charp text) {
    reader *self = png_get_error_ptr(png);
    snprintf(self->message, NN_IMAGE_MESSAGE_LENGTH, "%s", text);
    png_longjmp(png, 1);
}

/// Warnings are of chunks that do not touch the pixels.
static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
    reader *self = png_get_io_ptr(png);
    if (count > self->count - self->position) png_error(png, "Premature end of PNG file");
    memcpy(to, self->bytes + self->position, count);
    self->position += count;
}

/// Refuses chunks that are longer than the file: libpng takes up to two gigabytes for one before it looks for them.
static void check_chunks(reader *self) {
    // A chunk is its length, its name, its bytes and a checksum of four bytes.
    size_t offset = 8;
    while (self->count >= offset + 12 && memcmp(self->bytes + offset + 4, "IEND", 4) != 0) {
        size_t length = png_get_uint_32(self->bytes + offset);
        if (length > self->count - offset - 12) png_error(self->png, "Premature end of PNG file");
        offset += 12 + length;
    }
}

static void close_reader(reader *self) {
    png_destroy_read_struct(&self->png, &self->info, NULL);
}

/// Reads the file's header and calls `body`; whatever fails in either ends here.
static bool run(reader *self, void (*body)(reader *self)) {
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, fail, ignore);
    self->info = self->png ? png_create_info_struct(self->png) : NULL;
    if (!self->info) {
        snprintf(self->message, NN_IMAGE_MESSAGE_LENGTH, "no memory for the PNG decoder");
        close_reader(self);
        return false;
    }
    if (setjmp(png_jmpbuf(self->png))) {
        close_reader(self);
        return false;
    }
    check_chunks(self);
    // Texts and profiles, which are not used, are unpacked up to this size.
    png_set_chunk_malloc_max(self->png, self->count + (1 << 20));
    png_set_read_fn(self->png, self, read_bytes);
    png_read_info(self->png, self->info);
    self->height = png_get_image_height(self->png, self->info);
    self->width = png_get_image_width(self->png, self->info);
    body(self);
    close_reader(self);
    return true;
}

/// What `read_samples` will give.
static void read_form(reader *self) {
    int type = png_get_color_type(self->png, self->info);
    bool has_alpha = type & PNG_COLOR_MASK_ALPHA || png_get_valid(self->png, self->info, PNG_INFO_tRNS);
    self->channels = (type & PNG_COLOR_MASK_COLOR ? 3 : 1) + (has_alpha ? 1 : 0);
    self->is_deep = png_get_bit_depth(self->png, self->info) == 16;
}

bool nn_png_form(const uint8_t *bytes, size_t count, int64_t *height, int64_t *width, int *channels, bool *is_deep,
                 char *message) {
    reader self = {.bytes = bytes, .count = count, .message = message};
    bool is_read = run(&self, read_form);
    *height = (int64_t)self.height;
    *width = (int64_t)self.width;
    *channels = (int)self.channels;
    *is_deep = self.is_deep;
    return is_read;
}

/// Reads all rows in the format that was asked of libpng.
static void read_rows(reader *self, uint8_t *pixels, size_t channels) {
    int passes = png_set_interlace_handling(self->png);
    png_read_update_info(self->png, self->info);
    size_t pitch = self->width * channels;
    if (png_get_rowbytes(self->png, self->info) != pitch) png_error(self->png, "unexpected pixel format");
    for (int pass = 0; pass < passes; pass++) {
        for (size_t y = 0; y < self->height; y++) png_read_row(self->png, pixels + y * pitch, NULL);
    }
    png_read_end(self->png, NULL);
}

/// Colours or grey with the opacity that the file states in any way; 16 bits stay as they are.
static void ask_for_samples(reader *self) {
    png_set_expand(self->png);
    // Samples of two bytes come in the order of the network.
    if (png_get_bit_depth(self->png, self->info) == 16 && is_little_endian()) png_set_swap(self->png);
}

static void read_samples(reader *self) {
    ask_for_samples(self);
    read_rows(self, self->pixels, self->channels * (self->is_deep ? 2 : 1));
}

bool nn_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, int channels, bool is_deep, char *message) {
    reader self = {.bytes = bytes, .count = count, .message = message, .pixels = pixels};
    self.channels = (size_t)channels;
    self.is_deep = is_deep;
    return run(&self, read_samples);
}

static void read_indices(reader *self) {
    int color_type = png_get_color_type(self->png, self->info);
    bool is_index = color_type == PNG_COLOR_TYPE_PALETTE || color_type == PNG_COLOR_TYPE_GRAY;
    if (!is_index || png_get_bit_depth(self->png, self->info) > 8) {
        png_error(self->png, "its pixels are colours, have transparency or 16 bits, and are no class indices");
    }
    png_set_packing(self->png);
    read_rows(self, self->pixels, 1);
}

bool nn_png_decode_indices(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
    reader self = {.bytes = bytes, .count = count, .message = message, .pixels = pixels};
    return run(&self, read_indices);
}

uint8_t *nn_png_encode(const uint8_t *pixels, int64_t height, int64_t width, int channels, const uint8_t *palette,
                       size_t *count, char *message) {
    // Before the sides become 32 bits wide.
    if (height < 1 || height > PNG_UINT_31_MAX || width < 1 || width > PNG_UINT_31_MAX / channels) {
        snprintf(message, NN_IMAGE_MESSAGE_LENGTH, "PNG files have sides of 1 to 2^31 - 1, not %lld x %lld",
                 (long long)height, (long long)width);
        return NULL;
    }
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height};
    image.format = palette         ? PNG_FORMAT_RGB_COLORMAP
                   : channels == 1 ? PNG_FORMAT_GRAY
                   : channels == 3 ? PNG_FORMAT_RGB
                                   : PNG_FORMAT_RGBA;
    image.colormap_entries = palette ? 256 : 0;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *file = malloc(size);
    if (file && png_image_write_to_memory(&image, file, &size, 0, pixels, 0, palette)) {
        *count = size;
        return file;
    }
    snprintf(message, NN_IMAGE_MESSAGE_LENGTH, "%s", file ? image.message : "no memory for the file");
    free(file);
    return NULL;
}
