// Files' encodings of rows, as packing reads them. Each struct F says of one block of a row:
//   Layout             what it becomes
//   columns, bytes     the block in the file
//   field(block, c)    the integer stored for column c, without sign (its layout's bias added)
//   write_head         the scales of a row, `row` of 16, of a whole unit of the layout; `block` is the unit's first
// Source: the GGUF specification and the structures it names; Sources/ZondaFormats/Dequantize says the same in Swift.
#pragma once
#include "weights.cuh"

using FileBytes = Global<const uint8_t>;

DEVICE uint32_t byte_at(FileBytes block, int offset) { return uint8_t(block[offset]); }
DEVICE uint16_t half_at(FileBytes block, int offset) {
    return uint16_t(byte_at(block, offset) | byte_at(block, offset + 1) << 8);
}
DEVICE void copy_half(Global<uint8_t> unit, int to, FileBytes block, int from) {
    as<uint16_t>(unit + to)[0] = half_at(block, from);
}
/// Column c of 16 bytes whose low nibbles are columns 0...15, the high ones 16...31.
DEVICE uint32_t split_nibble(FileBytes bytes, int offset, int c) {
    return byte_at(bytes, offset + c % 16) >> (c / 16 * 4) & 15;
}
/// Bit c of a little-endian field.
DEVICE uint32_t bit_at(FileBytes bytes, int offset, int c) { return byte_at(bytes, offset + c / 8) >> (c % 8) & 1; }

// ---- Blocks of 32 ----

template <typename Packed, int size, int quants, int minimum> struct Block32File {
    using Layout = Packed;
    static constexpr int columns = 32, bytes = size;
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        copy_half(unit, Packed::fields + 2 * row, block, 0);
        if (minimum >= 0) copy_half(unit, Packed::fields + 32 + 2 * row, block, minimum);
    }
};
struct FileQ4_0 : Block32File<Q4_0, 18, 2, -1> {
    static DEVICE uint32_t field(FileBytes b, int c) { return split_nibble(b, 2, c); }
};
struct FileQ4_1 : Block32File<Q4_1, 20, 4, 2> {
    static DEVICE uint32_t field(FileBytes b, int c) { return split_nibble(b, 4, c); }
};
struct FileQ5_0 : Block32File<Q5_0, 22, 6, -1> {
    static DEVICE uint32_t field(FileBytes b, int c) { return split_nibble(b, 6, c) | bit_at(b, 2, c) << 4; }
};
struct FileQ5_1 : Block32File<Q5_1, 24, 8, 2> {
    static DEVICE uint32_t field(FileBytes b, int c) { return split_nibble(b, 8, c) | bit_at(b, 4, c) << 4; }
};
struct FileQ8_0 : Block32File<Q8_0, 34, 2, -1> {
    static DEVICE uint32_t field(FileBytes b, int c) { return byte_at(b, 2 + c) ^ 0x80; }
};
struct FileQ8_1 : Block32File<Q8_0, 36, 4, -1> {
    static DEVICE uint32_t field(FileBytes b, int c) { return byte_at(b, 4 + c) ^ 0x80; }
};
/// 128 columns of one bit: -d or d.
struct FileQ1_0 : Block32File<Q8_0, 18, 2, -1> {
    static constexpr int columns = 128;
    static DEVICE uint32_t field(FileBytes b, int c) { return 127 + 2 * bit_at(b, 2, c); }
};
/// 64 columns of two bits: d (q - 1).
struct FileQ2_0 : Block32File<Q8_0, 18, 2, -1> {
    static constexpr int columns = 64;
    static DEVICE uint32_t field(FileBytes b, int c) { return 127 + (byte_at(b, 2 + c / 4) >> (c % 4 * 2) & 3); }
};

// ---- Tables ----

struct FileIQ4_NL {
    using Layout = IQ4_NL;
    static constexpr int columns = 32, bytes = 18;
    static DEVICE uint32_t field(FileBytes b, int c) { return split_nibble(b, 2, c); }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        copy_half(unit, 256 + 2 * row, block, 0);
    }
};
struct FileMXFP4 {
    using Layout = MXFP4;
    static constexpr int columns = 32, bytes = 17;
    static DEVICE uint32_t field(FileBytes b, int c) { return split_nibble(b, 1, c); }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        unit[256 + row] = uint8_t(byte_at(block, 0));
    }
};
/// 64 columns, each 16 with a scale of their own; a unit is half a block.
struct FileNVFP4 {
    using Layout = NVFP4;
    static constexpr int columns = 64, bytes = 36;
    static DEVICE uint32_t field(FileBytes b, int c) {
        return byte_at(b, 4 + c / 16 * 8 + c % 8) >> (c % 16 / 8 * 4) & 15;
    }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit, int column = 0) {
        unit[256 + 2 * row] = uint8_t(byte_at(block, column / 16));
        unit[257 + 2 * row] = uint8_t(byte_at(block, column / 16 + 1));
    }
};
struct FileIQ4_XS {
    using Layout = IQ4_XS;
    static constexpr int columns = 256, bytes = 136;
    static DEVICE uint32_t field(FileBytes b, int c) { return split_nibble(b, 8 + c / 32 * 16, c % 32); }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        copy_half(unit, 2048 + 2 * row, block, 0);
        uint32_t high = half_at(block, 2);
        for (int g = 0; g < 8; g++)
            unit[2080 + 8 * row + g] =
                uint8_t((byte_at(block, 4 + g / 2) >> (g % 2 * 4) & 15) | (high >> (2 * g) & 3) << 4);
    }
};

// ---- Superblocks ----

/// Two-bit fields of 256 columns in two runs of 32 bytes, the lowest bits first.
DEVICE uint32_t crumb(FileBytes block, int offset, int c) {
    return byte_at(block, offset + c / 128 * 32 + c % 32) >> (c % 128 / 32 * 2) & 3;
}
struct FileQ2_K {
    using Layout = Q2_K;
    static constexpr int columns = 256, bytes = 84;
    static DEVICE uint32_t field(FileBytes b, int c) { return crumb(b, 16, c); }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        copy_half(unit, 1024 + 2 * row, block, 80);
        copy_half(unit, 1056 + 2 * row, block, 82);
        for (int i = 0; i < 16; i++) unit[1088 + 16 * row + i] = uint8_t(byte_at(block, i));
    }
};
struct FileQ3_K {
    using Layout = Q3_K;
    static constexpr int columns = 256, bytes = 110;
    static DEVICE uint32_t field(FileBytes b, int c) {
        return crumb(b, 32, c) | (byte_at(b, c % 32) >> (c / 32) & 1) << 2;
    }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        copy_half(unit, 1536 + 2 * row, block, 108);
        for (int i = 0; i < 16; i++)
            unit[1568 + 16 * row + i] = uint8_t(
                (byte_at(block, 96 + i % 8) >> (i / 8 * 4) & 15) | (byte_at(block, 104 + i % 4) >> (i / 4 * 2) & 3) << 4);
    }
};
/// The 12 bytes of scales and minima that Q4_K and Q5_K share.
template <typename Packed, int size> struct Superblock32File {
    using Layout = Packed;
    static constexpr int columns = 256, bytes = size;
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        copy_half(unit, Packed::fields + 2 * row, block, 0);
        copy_half(unit, Packed::fields + 32 + 2 * row, block, 2);
        for (int i = 0; i < 4; i++) {
            uint32_t a = byte_at(block, 4 + i), b = byte_at(block, 8 + i), c = byte_at(block, 12 + i);
            unit[Packed::scales + 8 * row + i] = uint8_t(a & 63);
            unit[Packed::minima + 8 * row + i] = uint8_t(b & 63);
            unit[Packed::scales + 8 * row + i + 4] = uint8_t((c & 15) | a >> 6 << 4);
            unit[Packed::minima + 8 * row + i + 4] = uint8_t(c >> 4 | b >> 6 << 4);
        }
    }
    /// 4-bit fields: each 32 bytes are 64 columns.
    static DEVICE uint32_t nibble(FileBytes b, int offset, int c) {
        return byte_at(b, offset + c / 64 * 32 + c % 32) >> (c % 64 / 32 * 4) & 15;
    }
};
struct FileQ4_K : Superblock32File<Q4_K, 144> {
    static DEVICE uint32_t field(FileBytes b, int c) { return nibble(b, 16, c); }
};
struct FileQ5_K : Superblock32File<Q5_K, 176> {
    static DEVICE uint32_t field(FileBytes b, int c) {
        return nibble(b, 48, c) | (byte_at(b, 16 + c % 32) >> (c / 32) & 1) << 4;
    }
};
struct FileQ6_K {
    using Layout = Q6_K;
    static constexpr int columns = 256, bytes = 210;
    static DEVICE uint32_t field(FileBytes b, int c) {
        uint32_t low = byte_at(b, c / 128 * 64 + c % 64) >> (c % 128 / 64 * 4) & 15;
        return low | crumb(b, 128, c) << 4;
    }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        copy_half(unit, 3072 + 2 * row, block, 208);
        for (int i = 0; i < 16; i++) unit[3104 + 16 * row + i] = uint8_t(byte_at(block, 192 + i) ^ 0x80);
    }
};
/// What the host makes of the other types: float32 unit, 16 scales, 256 signed bytes.
struct FileX8 {
    using Layout = X8;
    static constexpr int columns = 256, bytes = 276;
    static DEVICE uint32_t field(FileBytes b, int c) { return byte_at(b, 20 + c) ^ 0x80; }
    static DEVICE void write_head(FileBytes block, int row, Global<uint8_t> unit) {
        for (int i = 0; i < 4; i++) unit[4096 + 4 * row + i] = uint8_t(byte_at(block, i));
        for (int i = 0; i < 16; i++) unit[4160 + 16 * row + i] = uint8_t(byte_at(block, 4 + i));
    }
};
