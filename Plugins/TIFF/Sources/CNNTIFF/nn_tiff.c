#include "include/nn_tiff.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

/// A file in memory, and where its first message goes.
typedef struct {
    const uint8_t *bytes;
    uint64_t count, position;
    char *message;
} source;

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t count) {
    source *self = handle;
    if (count < 0 || self->position >= self->count) return 0;
    uint64_t left = self->count - self->position, part = (uint64_t)count < left ? (uint64_t)count : left;
    memcpy(to, self->bytes + self->position, part);
    self->position += part;
    return (tmsize_t)part;
}

static tmsize_t write_nothing(thandle_t handle, void *from, tmsize_t count) {
    (void)handle;
    (void)from;
    (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    source *self = handle;
    uint64_t start = whence == SEEK_CUR ? self->position : whence == SEEK_END ? self->count : 0;
    self->position = start + offset;
    return self->position;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return ((source *)handle)->count; }

#if TIFFLIB_VERSION >= 20221213
static int keep_error(TIFF *file, void *data, const char *module, const char *format, va_list arguments) {
    (void)file;
    (void)module;
    source *self = data;
    // The first says what is wrong, those after it what follows.
    if (self->message[0] == 0) vsnprintf(self->message, NN_TIFF_MESSAGE_LENGTH, format, arguments);
    return 1;
}

static int ignore_warning(TIFF *file, void *data, const char *module, const char *format, va_list arguments) {
    (void)file;
    (void)data;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}
#endif

/// Reads the first directory. Arrays of offsets are read one by one, so that a forged count takes no memory.
static TIFF *open_file(source *self) {
    static const char mode[] = "rmO";
    self->message[0] = 0;
#if TIFFLIB_VERSION >= 20221213
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    uint64_t limit = 8 * self->count > (1u << 24) ? 8 * self->count : 1u << 24;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)limit);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, self);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, self);
    TIFF *file = TIFFClientOpenExt("image", mode, self, read_bytes, write_nothing, seek, close_nothing, size_of, NULL,
                                   NULL, options);
    TIFFOpenOptionsFree(options);
    return file;
#else
    // Older versions have handlers for the process only.
    TIFFSetErrorHandler(NULL);
    TIFFSetWarningHandler(NULL);
    return TIFFClientOpen("image", mode, self, read_bytes, write_nothing, seek, close_nothing, size_of, NULL, NULL);
#endif
}

static bool fail(char *message, const char *text) {
    if (message[0] == 0) snprintf(message, NN_TIFF_MESSAGE_LENGTH, "%s", text);
    return false;
}

/// How the samples of the file are stored.
typedef struct {
    uint32_t height, width, part_height, part_width;
    uint16_t channels, bits, format, photometric, compression;
    bool is_planar, is_tiled, is_premultiplied;
    uint16_t *palette[3];
} stored;

/// The largest number of bytes that a byte of the file becomes.
static uint64_t largest_ratio(uint16_t compression) {
    switch (compression) {
    case COMPRESSION_NONE: return 1;
    case COMPRESSION_PACKBITS: return 64;
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE: return 1032;
    case COMPRESSION_LZW: return 4096;
    default: return 1 << 16;
    }
}

static bool read_stored(TIFF *file, uint64_t count, stored *self, char *message) {
    memset(self, 0, sizeof *self);
    uint16_t planes = PLANARCONFIG_CONTIG, extra_count = 0, *extras = NULL;
    if (!TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &self->width) || !TIFFGetField(file, TIFFTAG_IMAGELENGTH, &self->height)
        || !self->width || !self->height) {
        return fail(message, "it states no size");
    }
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &self->channels);
    TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &self->bits);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLEFORMAT, &self->format);
    TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &self->compression);
    TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &planes);
    if (self->channels == 0) return fail(message, "it has no channels");
    if (!TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &self->photometric)) {
        self->photometric = self->channels == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    }
    if (TIFFGetField(file, TIFFTAG_EXTRASAMPLES, &extra_count, &extras) && extra_count > 0) {
        self->is_premultiplied = extras[0] == EXTRASAMPLE_ASSOCALPHA;
    }
    self->is_planar = planes == PLANARCONFIG_SEPARATE && self->channels > 1;
    self->is_tiled = TIFFIsTiled(file);
    if (!TIFFIsCODECConfigured(self->compression)) {
        snprintf(message, NN_TIFF_MESSAGE_LENGTH, "its compression, number %d, is not one that libtiff was built with",
                 self->compression);
        return false;
    }
    self->part_width = self->width;
    if (self->is_tiled) {
        TIFFGetField(file, TIFFTAG_TILEWIDTH, &self->part_width);
        TIFFGetField(file, TIFFTAG_TILELENGTH, &self->part_height);
    } else {
        TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &self->part_height);
        if (self->part_height > self->height) self->part_height = self->height;
    }
    if (!self->part_width || !self->part_height) return fail(message, "its tiles or strips have no size");

    // All of these have 32 bits at most, and 16 bits of channels and of their bits.
    uint64_t across = (self->width - 1) / self->part_width + 1, down = (self->height - 1) / self->part_height + 1;
    __uint128_t parts = (__uint128_t)across * down * (self->is_planar ? self->channels : 1);
    __uint128_t size = (__uint128_t)self->width * self->height * self->channels * self->bits / 8;
    __uint128_t part = (__uint128_t)self->part_width * self->part_height * (self->is_planar ? 1 : self->channels)
                       * self->bits / 8;
    // A tile is larger than the image, or its edge, by a few pixels, and has an offset and a length.
    uint64_t limit = count * largest_ratio(self->compression) + 4096;
    bool is_too_large = size > limit || (self->is_tiled ? part > (uint64_t)limit + (1 << 26) : false);
    if (parts > count / 2 + 1 || is_too_large) {
        snprintf(message, NN_TIFF_MESSAGE_LENGTH, "its header claims %ux%u pixels in %llu %s, more than %llu bytes can hold",
                 self->height, self->width,
                 (unsigned long long)(parts > UINT64_MAX ? UINT64_MAX : (uint64_t)parts),
                 self->is_tiled ? "tiles" : "strips", (unsigned long long)count);
        return false;
    }
    return true;
}

static bool is_alpha(TIFF *file) {
    uint16_t count = 0, *kinds = NULL;
    return TIFFGetField(file, TIFFTAG_EXTRASAMPLES, &count, &kinds) && count > 0
           && (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA);
}

/// What the stored samples become.
static bool describe(TIFF *file, stored *self, bool keeps_indices, nn_tiff_form *form, char *message) {
    form->height = self->height;
    form->width = self->width;
    form->channels = self->channels;
    uint16_t orientation = 0;
    form->orientation = TIFFGetField(file, TIFFTAG_ORIENTATION, &orientation) ? orientation : 0;
    bool is_float = self->format == SAMPLEFORMAT_IEEEFP, is_signed = self->format == SAMPLEFORMAT_INT;
    bool is_whole = self->format == SAMPLEFORMAT_UINT || self->format == SAMPLEFORMAT_VOID;
    bool has_bytes = self->bits == 8 || self->bits == 16 || self->bits == 32 || self->bits == 64;
    bool is_known = is_float    ? has_bytes && self->bits != 8
                    : is_signed ? has_bytes
                    : is_whole  ? has_bytes || self->bits == 1 || self->bits == 2 || self->bits == 4
                                : false;
    if (!is_known) {
        snprintf(message, NN_TIFF_MESSAGE_LENGTH, "its samples of %d bits, of the sample format %d, are not read",
                 self->bits, self->format);
        return false;
    }
    form->samples = is_whole && self->bits <= 8    ? NN_TIFF_BYTES
                    : is_whole && self->bits == 16 ? NN_TIFF_WORDS
                                                   : NN_TIFF_FLOATS;
    form->layout = NN_TIFF_BANDS;
    switch (self->photometric) {
    case PHOTOMETRIC_PALETTE:
        if (self->channels != 1 || form->samples == NN_TIFF_FLOATS) return fail(message, "its palette is not read");
        if (keeps_indices) break;
        if (!TIFFGetField(file, TIFFTAG_COLORMAP, &self->palette[0], &self->palette[1], &self->palette[2])) {
            return fail(message, "it has no palette");
        }
        form->layout = NN_TIFF_RGB;
        form->channels = 3;
        form->samples = NN_TIFF_BYTES;
        break;
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        if (self->channels == 1) form->layout = NN_TIFF_GREY;
        if (self->channels == 2 && is_alpha(file)) form->layout = NN_TIFF_GREY_ALPHA;
        break;
    case PHOTOMETRIC_YCBCR:
        if (self->compression != COMPRESSION_JPEG) return fail(message, "its YCbCr pixels without JPEG are not read");
        // The codec converts them.
        TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        form->layout = self->channels == 3 ? NN_TIFF_RGB : NN_TIFF_BANDS;
        break;
    case PHOTOMETRIC_RGB:
        if (self->channels == 3) form->layout = NN_TIFF_RGB;
        if (self->channels == 4 && is_alpha(file)) form->layout = NN_TIFF_RGBA;
        break;
    case PHOTOMETRIC_SEPARATED: {
        uint16_t inks = INKSET_CMYK;
        TIFFGetFieldDefaulted(file, TIFFTAG_INKSET, &inks);
        bool is_cmyk = inks == INKSET_CMYK && self->channels == 4 && form->samples != NN_TIFF_FLOATS;
        if (is_cmyk) form->layout = NN_TIFF_CMYK;
        break;
    }
    default:
        snprintf(message, NN_TIFF_MESSAGE_LENGTH, "its colours, of the photometric interpretation %d, are not read",
                 self->photometric);
        return false;
    }
    if (keeps_indices && (form->channels != 1 || is_float)) {
        return fail(message, is_float ? "its pixels are floats, and are not class indices"
                                      : "its pixels are colours or have several channels, and are not class indices");
    }
    return true;
}

/// A sample of at most 8 bits, first bits first.
static inline unsigned small_sample(const uint8_t *row, size_t index, unsigned bits) {
    if (bits == 8) return row[index];
    size_t bit = index * bits;
    return (unsigned)(row[bit / 8] >> (8 - bits - bit % 8)) & ((1u << bits) - 1);
}

/// A float of 16 bits (IEEE 754): one of sign, 5 of the exponent and 10 of the fraction.
static float half_sample(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 0) return (sign ? -0x1p-24f : 0x1p-24f) * (float)fraction;
    uint32_t bits = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float float_sample(const uint8_t *row, size_t index, const stored *self) {
    switch (self->format * 100 + self->bits) {
    case SAMPLEFORMAT_IEEEFP * 100 + 64: return (float)((const double *)(const void *)row)[index];
    case SAMPLEFORMAT_IEEEFP * 100 + 32: return ((const float *)(const void *)row)[index];
    case SAMPLEFORMAT_IEEEFP * 100 + 16: return half_sample(((const uint16_t *)(const void *)row)[index]);
    case SAMPLEFORMAT_INT * 100 + 8: return ((const int8_t *)row)[index];
    case SAMPLEFORMAT_INT * 100 + 16: return ((const int16_t *)(const void *)row)[index];
    case SAMPLEFORMAT_INT * 100 + 32: return (float)((const int32_t *)(const void *)row)[index];
    case SAMPLEFORMAT_INT * 100 + 64: return (float)((const int64_t *)(const void *)row)[index];
    case SAMPLEFORMAT_UINT * 100 + 64:
    case SAMPLEFORMAT_VOID * 100 + 64: return (float)((const uint64_t *)(const void *)row)[index];
    default: return (float)((const uint32_t *)(const void *)row)[index];
    }
}

/// A colour of the palette as a byte. Old writers stored bytes, others words, 256 or 257 times a byte.
static uint8_t palette_byte(const uint16_t *colors, unsigned index, bool are_bytes) {
    return are_bytes ? (uint8_t)colors[index] : (uint8_t)(colors[index] >> 8);
}

static bool has_byte_palette(const stored *self) {
    for (unsigned channel = 0; channel < 3; channel++) {
        for (unsigned index = 0; index < 1u << self->bits; index++) {
            if (self->palette[channel][index] > 255) return false;
        }
    }
    return true;
}

/// Writes `count` pixels of a row of a strip or tile from the pixel `first` of the image on. A row of one plane has the
/// samples of one channel.
static void write_row(const stored *self, const nn_tiff_form *form, const uint8_t *row, size_t first, size_t count,
                      unsigned plane, bool keeps_indices, bool has_bytes, void *to) {
    unsigned channels = self->is_planar ? 1 : self->channels, all = (unsigned)form->channels;
    bool is_inverted = self->photometric == PHOTOMETRIC_MINISWHITE && !keeps_indices;
    unsigned largest = (1u << (self->bits < 16 ? self->bits : 8)) - 1;
    for (size_t x = 0; x < count; x++) {
        for (unsigned c = 0; c < channels; c++) {
            size_t index = x * channels + c, target = (first + x) * all + (self->is_planar ? plane : c);
            bool is_color = !(self->is_planar ? plane : c);
            if (self->palette[0]) {
                unsigned entry = self->bits == 16 ? ((const uint16_t *)(const void *)row)[index]
                                                  : small_sample(row, index, self->bits);
                for (unsigned k = 0; k < 3; k++) {
                    ((uint8_t *)to)[(first + x) * 3 + k] = palette_byte(self->palette[k], entry, has_bytes);
                }
            } else if (form->samples == NN_TIFF_BYTES) {
                unsigned value = small_sample(row, index, self->bits);
                if (is_inverted && is_color) value = largest - value;
                ((uint8_t *)to)[target] = (uint8_t)(keeps_indices ? value : value * 255 / largest);
            } else if (form->samples == NN_TIFF_WORDS) {
                uint16_t value = ((const uint16_t *)(const void *)row)[index];
                ((uint16_t *)to)[target] = is_inverted && is_color ? (uint16_t)(65535 - value) : value;
            } else {
                float value = float_sample(row, index, self);
                ((float *)to)[target] = value;
            }
        }
    }
}

/// Divides colours by the opacity that they were multiplied with.
static void divide_by_opacity(const nn_tiff_form *form, void *samples) {
    size_t area = (size_t)form->height * (size_t)form->width;
    unsigned all = (unsigned)form->channels;
    for (size_t i = 0; i < area; i++) {
        for (unsigned c = 0; c + 1 < all; c++) {
            size_t index = i * all + c, last = i * all + all - 1;
            if (form->samples == NN_TIFF_FLOATS) {
                float *values = samples, alpha = values[last];
                if (alpha > 0) values[index] /= alpha;
            } else {
                uint8_t *bytes = samples;
                uint16_t *words = samples;
                bool is_byte = form->samples == NN_TIFF_BYTES;
                uint64_t value = is_byte ? bytes[index] : words[index], alpha = is_byte ? bytes[last] : words[last];
                uint64_t one = is_byte ? 255 : 65535;
                value = alpha ? (value * one + alpha / 2) / alpha : 0;
                if (value > one) value = one;
                if (is_byte) bytes[index] = (uint8_t)value;
                else words[index] = (uint16_t)value;
            }
        }
    }
}

static bool read_parts(TIFF *file, const stored *self, const nn_tiff_form *form, bool keeps_indices, void *samples,
                       char *message) {
    tmsize_t part_size = self->is_tiled ? TIFFTileSize(file) : TIFFStripSize(file);
    uint64_t channels = self->is_planar ? 1 : self->channels;
    uint64_t pitch = ((uint64_t)self->part_width * channels * self->bits + 7) / 8;
    if (part_size <= 0 || pitch * self->part_height > (uint64_t)part_size) {
        return fail(message, "its tiles or strips have another size than its pixels");
    }
    uint8_t *part = malloc((size_t)part_size);
    if (!part) return fail(message, "no memory for the pixels");
    bool is_right = true, has_bytes = self->palette[0] && has_byte_palette(self);
    for (unsigned plane = 0; is_right && plane < (self->is_planar ? self->channels : 1u); plane++) {
        for (uint32_t top = 0; is_right && top < self->height; top += self->part_height) {
            uint32_t rows = self->height - top < self->part_height ? self->height - top : self->part_height;
            for (uint32_t left = 0; is_right && left < self->width; left += self->part_width) {
                uint32_t columns = self->width - left < self->part_width ? self->width - left : self->part_width;
                uint32_t index = self->is_tiled ? TIFFComputeTile(file, left, top, 0, (uint16_t)plane)
                                                : TIFFComputeStrip(file, top, (uint16_t)plane);
                tmsize_t size = self->is_tiled ? TIFFReadEncodedTile(file, index, part, part_size)
                                               : TIFFReadEncodedStrip(file, index, part, part_size);
                if (size < 0 || (uint64_t)size < pitch * rows) {
                    // Codecs say what is damaged; without one there can only be too few bytes.
                    if (self->compression == COMPRESSION_NONE) message[0] = 0;
                    is_right = fail(message, "its pixels are cut short");
                    break;
                }
                for (uint32_t row = 0; row < rows; row++) {
                    write_row(self, form, part + row * pitch, (size_t)(top + row) * self->width + left, columns, plane,
                              keeps_indices, has_bytes, samples);
                }
                // Both sides may be near the largest number.
                if (self->width - left <= self->part_width) break;
            }
            if (self->height - top <= self->part_height) break;
        }
    }
    free(part);
    return is_right;
}

static bool run(const uint8_t *bytes, size_t count, bool keeps_indices, nn_tiff_form *form, void *samples,
                char *message) {
    source source = {.bytes = bytes, .count = count, .message = message};
    TIFF *file = open_file(&source);
    if (!file) return fail(message, "it is damaged");
    // What libtiff complained about so far did not keep it from reading the header.
    message[0] = 0;
    stored stored;
    nn_tiff_form own;
    bool is_read = read_stored(file, count, &stored, message) && describe(file, &stored, keeps_indices, &own, message);
    if (is_read && samples) {
        // The memory is that of the form that was read before.
        is_read = own.height == form->height && own.width == form->width && own.channels == form->channels
                  && own.samples == form->samples
                  && read_parts(file, &stored, &own, keeps_indices, samples, message);
        bool has_alpha = own.layout == NN_TIFF_RGBA || own.layout == NN_TIFF_GREY_ALPHA;
        if (is_read && has_alpha && stored.is_premultiplied) divide_by_opacity(&own, samples);
    } else if (is_read) {
        *form = own;
    }
    TIFFClose(file);
    return is_read || fail(message, "it is damaged");
}

bool nn_tiff_read_form(const uint8_t *bytes, size_t count, bool keeps_indices, nn_tiff_form *form, char *message) {
    return run(bytes, count, keeps_indices, form, NULL, message);
}

bool nn_tiff_decode(const uint8_t *bytes, size_t count, bool keeps_indices, const nn_tiff_form *form, void *samples,
                    char *message) {
    nn_tiff_form expected = *form;
    return run(bytes, count, keeps_indices, &expected, samples, message);
}
