#include "include/nn_images.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
// After the one above, which says what the library was built with: some messages are there only then.
#include <jerror.h>

_Static_assert(NN_IMAGE_MESSAGE_LENGTH >= JMSG_LENGTH_MAX, "libjpeg's messages must fit");

/// What happens when a codec fails. libjpeg hands back the address of `manager`, which is that of the whole.
typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    char *message;
    struct jpeg_progress_mgr progress;
} failure;

static void fail(j_common_ptr codec) {
    failure *self = (failure *)codec->err;
    codec->err->format_message(codec, self->message);
    longjmp(self->escape, 1);
}

/// libjpeg warns and goes on where pixels are damaged or missing; such a file must not be trained on.
/// Other warnings, such as bytes too many between two segments, leave the pixels whole.
static void judge(j_common_ptr codec, int level) {
    if (level >= 0) return;
    switch (codec->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
#ifdef D_ARITH_CODING_SUPPORTED
    case JWRN_ARITH_BAD_CODE:
#endif
    case JWRN_MUST_RESYNC: fail(codec);
    }
}

static struct jpeg_error_mgr *prepare(failure *self, char *message) {
    self->message = message;
    jpeg_std_error(&self->manager);
    self->manager.error_exit = fail;
    self->manager.emit_message = judge;
    return &self->manager;
}

/// A progressive file has about ten passes over the image. Each takes as long as the first, in hardly any bytes.
enum { MAXIMUM_SCANS = 100 };

static void check_scans(j_common_ptr codec) {
    if (!codec->is_decompressor || ((j_decompress_ptr)codec)->input_scan_number <= MAXIMUM_SCANS) return;
    failure *self = (failure *)codec->err;
    snprintf(self->message, NN_IMAGE_MESSAGE_LENGTH, "it has more than %d scans", MAXIMUM_SCANS);
    longjmp(self->escape, 1);
}

/// Reads the headers of a file and calls `body`; whatever fails in either ends here.
static bool run(struct jpeg_decompress_struct *codec, const uint8_t *bytes, size_t count, char *message,
                void (*body)(struct jpeg_decompress_struct *codec)) {
    failure failure;
    codec->err = prepare(&failure, message);
    if (setjmp(failure.escape)) {
        jpeg_destroy_decompress(codec);
        return false;
    }
    jpeg_create_decompress(codec);
    failure.progress.progress_monitor = check_scans;
    codec->progress = &failure.progress;
    jpeg_mem_src(codec, bytes, count);
    jpeg_read_header(codec, TRUE);
    body(codec);
    jpeg_destroy_decompress(codec);
    return true;
}

static void read_nothing_more(struct jpeg_decompress_struct *codec) { (void)codec; }

bool nn_jpeg_form(const uint8_t *bytes, size_t count, int64_t *height, int64_t *width, int *channels,
                  bool *is_arithmetic, char *message) {
    struct jpeg_decompress_struct codec = {0};
    bool is_read = run(&codec, bytes, count, message, read_nothing_more);
    *height = codec.image_height;
    *width = codec.image_width;
    *channels = codec.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
    *is_arithmetic = codec.arith_code;
    return is_read;
}

/// Photoshop stores inks inverted: 255 is no ink. Files without its marker are taken alike, as Pillow, OpenCV and browsers do.
static void convert_cmyk_row(uint8_t *rgb, const uint8_t *cmyk, JDIMENSION width) {
    for (JDIMENSION x = 0; x < width; x++) {
        int paper = cmyk[4 * x + 3];
        for (JDIMENSION c = 0; c < 3; c++) rgb[3 * x + c] = (uint8_t)((cmyk[4 * x + c] * paper + 127) / 255);
    }
}

/// A decoding at a fraction of the size.
typedef struct {
    int eighths;
    uint8_t *pixels;
} reduction;

static void reduce(struct jpeg_decompress_struct *codec) {
    const reduction *self = codec->client_data;
    codec->scale_num = (unsigned)self->eighths;
    codec->scale_denom = 8;
}

static void read_reduced_size(struct jpeg_decompress_struct *codec) {
    reduce(codec);
    jpeg_calc_output_dimensions(codec);
}

bool nn_jpeg_reduced_size(const uint8_t *bytes, size_t count, int eighths, int64_t *height, int64_t *width,
                          char *message) {
    reduction reduction = {eighths, NULL};
    struct jpeg_decompress_struct codec = {.client_data = &reduction};
    bool is_read = run(&codec, bytes, count, message, read_reduced_size);
    *height = codec.output_height;
    *width = codec.output_width;
    return is_read;
}

static void read_samples(struct jpeg_decompress_struct *codec) {
    uint8_t *pixels = ((const reduction *)codec->client_data)->pixels;
    reduce(codec);
    bool is_grey = codec->jpeg_color_space == JCS_GRAYSCALE;
    bool is_cmyk = codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
    codec->out_color_space = is_grey ? JCS_GRAYSCALE : is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(codec);
    JSAMPARRAY inks = NULL;
    if (is_cmyk) {
        // Memory of the codec, released with it.
        inks = codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, codec->output_width * 4, 1);
    }
    while (codec->output_scanline < codec->output_height) {
        uint8_t *row = pixels + (size_t)codec->output_scanline * codec->output_width * (is_grey ? 1 : 3);
        jpeg_read_scanlines(codec, is_cmyk ? inks : &row, 1);
        if (is_cmyk) convert_cmyk_row(row, inks[0], codec->output_width);
    }
    jpeg_finish_decompress(codec);
}

bool nn_jpeg_decode(const uint8_t *bytes, size_t count, int eighths, uint8_t *pixels, char *message) {
    reduction reduction = {eighths, pixels};
    struct jpeg_decompress_struct codec = {.client_data = &reduction};
    return run(&codec, bytes, count, message, read_samples);
}

uint8_t *nn_jpeg_encode(const uint8_t *pixels, int64_t height, int64_t width, int channels, int quality,
                        size_t *count, char *message) {
    struct jpeg_compress_struct codec = {0};
    failure failure;
    unsigned char *file = NULL;
    unsigned long size = 0;
    // Before the sides become 32 bits wide, and before libjpeg has memory that a refusal would leave behind.
    if (height < 1 || height > JPEG_MAX_DIMENSION || width < 1 || width > JPEG_MAX_DIMENSION) {
        snprintf(message, NN_IMAGE_MESSAGE_LENGTH, "JPEG files have sides of 1 to %ld pixels, not %lld x %lld",
                 (long)JPEG_MAX_DIMENSION, (long long)height, (long long)width);
        return NULL;
    }
    codec.err = prepare(&failure, message);
    if (setjmp(failure.escape)) {
        // When memory runs out the file's buffer is left alone: libjpeg has moved it and does not say where.
        jpeg_destroy_compress(&codec);
        return NULL;
    }
    jpeg_create_compress(&codec);
    codec.image_height = (JDIMENSION)height;
    codec.image_width = (JDIMENSION)width;
    codec.input_components = channels;
    codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    jpeg_mem_dest(&codec, &file, &size);
    jpeg_start_compress(&codec, TRUE);
    while (codec.next_scanline < codec.image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)codec.next_scanline * codec.image_width * (size_t)channels);
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    *count = size;
    return file;
}
