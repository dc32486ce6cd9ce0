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
    uint8_t *pixels, *rgba;
} reader;

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

static void close_reader(reader *self) {
    free(self->rgba);
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
    png_set_read_fn(self->png, self, read_bytes);
    png_read_info(self->png, self->info);
    self->height = png_get_image_height(self->png, self->info);
    self->width = png_get_image_width(self->png, self->info);
    body(self);
    close_reader(self);
    return true;
}

static void read_nothing_more(reader *self) { (void)self; }

bool nn_png_size(const uint8_t *bytes, size_t count, int64_t *height, int64_t *width, char *message) {
    reader self = {.bytes = bytes, .count = count, .message = message};
    bool is_read = run(&self, read_nothing_more);
    *height = (int64_t)self.height;
    *width = (int64_t)self.width;
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

static void lay_on_white(uint8_t *rgb, const uint8_t *rgba, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int alpha = rgba[4 * i + 3];
        for (size_t c = 0; c < 3; c++) {
            rgb[3 * i + c] = (uint8_t)((rgba[4 * i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
}

static void ask_for_rgb(reader *self) {
    png_set_expand(self->png);
    png_set_scale_16(self->png);
    png_set_gray_to_rgb(self->png);
}

static void read_rgb(reader *self) {
    ask_for_rgb(self);
    bool has_alpha = (png_get_color_type(self->png, self->info) & PNG_COLOR_MASK_ALPHA)
                     || png_get_valid(self->png, self->info, PNG_INFO_tRNS);
    if (!has_alpha) {
        read_rows(self, self->pixels, 3);
        return;
    }
    // Both sides have 31 bits at most, so this area does not overflow, but four times as much may.
    size_t area = self->height * self->width;
    self->rgba = area <= SIZE_MAX / 4 ? malloc(area * 4) : NULL;
    if (!self->rgba) png_error(self->png, "no memory for the pixels");
    read_rows(self, self->rgba, 4);
    lay_on_white(self->pixels, self->rgba, area);
}

bool nn_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
    reader self = {.bytes = bytes, .count = count, .message = message, .pixels = pixels};
    return run(&self, read_rgb);
}

static void read_opaque_rgb(reader *self) {
    ask_for_rgb(self);
    png_set_strip_alpha(self->png);
    read_rows(self, self->pixels, 3);
}

bool nn_png_decode_opaque(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
    reader self = {.bytes = bytes, .count = count, .message = message, .pixels = pixels};
    return run(&self, read_opaque_rgb);
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
