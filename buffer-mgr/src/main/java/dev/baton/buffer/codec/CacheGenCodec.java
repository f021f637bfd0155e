package dev.baton.buffer.codec;

import java.util.Arrays;

/**
 * After CacheGen (Liu et al., SIGCOMM 2024, arXiv 2310.07240): every so many tokens an anchor, the others as
 * differences from it, in bins that are finer in earlier layers, entropy-coded by frequencies of their own for each
 * layer and group of channels. Unlike there, differences are taken from what decoding gives, so that errors do not
 * add up; frequencies are counted in the block itself, not beforehand; and channels are grouped by how much they vary.
 * <pre>
 *   bin      {@code bin} * root mean square of the section * 0.5, 1 or 1.5 (first, second, last third of the layers)
 *   section  f32 bin | u16 anchor every | u8 group of each channel | u16 tables that follow, a bit each | tables
 *            | u32 escapes | i32 each | symbols, {@link Rans}
 *   symbol   levels from the one before, 0 -1 1 -2 2 ...; 255: an escape
 *   table    group of the channel, 0 to 7; of an anchor, 8 more
 * </pre>
 */
final class CacheGenCodec extends LossyCodec {
    private static final int GROUPS = 8;
    private static final int TABLES = 2 * GROUPS;
    private static final int ESCAPE = 255;
    /** Mean level below which a channel is in the first group; each further group doubles it. */
    private static final float FIRST_GROUP = 0.125f;
    private static final int FIXED_BYTES = 4 + 2 + 2 + 4 + TABLES * FrequencyTable.LENGTH_MAX;

    private final float bin;
    private final int anchorEvery;
    private final FrequencyTable[] tables = new FrequencyTable[TABLES];
    private final int[][] counts = new int[TABLES][FrequencyTable.SYMBOLS];
    private byte[] symbols = {};
    private byte[] choices = {};
    private byte[] coded = new byte[Rans.LENGTH_MIN];
    private byte[] groups = {};
    private float[] sums = {};
    /** A row, and the row that it is told by its difference from. */
    private float[] row = {};
    private float[] baseRow = {};

    CacheGenCodec(CodecSpec spec) {
        super(spec.number("bound", 0.2f, 1e-6f, 1e6f));
        bin = spec.number("bin", 0.1f, 0.01f, 10f);
        anchorEvery = spec.whole("group", 10, 1, 65_535);
        Arrays.setAll(tables, _ -> new FrequencyTable());
    }

    @Override
    protected long sectionBytesMax(int matrices, int rows, int columns) {
        long channels = (long) matrices * columns;
        return FIXED_BYTES + channels + 4 * channels * rows + Rans.lengthMax(channels * rows);
    }

    @Override
    protected int encodeSection(int matrices, int rows, int columns, double scale, float depth, byte[] out) {
        int count = matrices * rows * columns;
        reserve(count, matrices * columns);
        float step = (float) (bin * scale * (depth < 1f / 3 ? 0.5 : depth < 2f / 3 ? 1 : 1.5));
        float inverse = step < Float.MIN_NORMAL ? 0 : 1 / step;
        for (int matrix = 0; matrix < matrices; matrix++) {
            int offset = matrix * rows * columns;
            for (int line = 0; line < rows; line++) {
                int from = offset + line * columns;
                loadBase(offset, base(line, anchorEvery), columns);
                System.arraycopy(values.numbers, from, row, 0, columns);
                scale(row, baseRow, inverse, columns);
                System.arraycopy(row, 0, restored.numbers, from, columns);
                restored.toBits(from, columns);
                Int8Codec.unbias(restored.bits, from, columns);
                restore(restored.bits, from, baseRow, step, columns, row);
                System.arraycopy(row, 0, restored.numbers, from, columns);
            }
        }
        group(matrices, rows, columns);
        choose(matrices, rows, columns, anchorEvery);
        Memory.INT_OF_BYTES.set(out, 0, Float.floatToRawIntBits(step));
        out[4] = (byte) anchorEvery;
        out[5] = (byte) (anchorEvery >>> 8);
        System.arraycopy(groups, 0, out, 6, matrices * columns);
        return write(count, out, 6 + matrices * columns);
    }

    /** The row that a row is told by its difference from: its anchor, or, of an anchor, the one before; -1: none. */
    private static int base(int line, int anchorEvery) {
        int intoGroup = line % anchorEvery;
        return intoGroup != 0 ? line - intoGroup : line == 0 ? -1 : line - anchorEvery;
    }

    private void loadBase(int offset, int base, int columns) {
        if (base < 0) {
            Arrays.fill(baseRow, 0, columns, 0);
        } else {
            System.arraycopy(restored.numbers, offset + base * columns, baseRow, 0, columns);
        }
    }

    private static void scale(float[] row, float[] baseRow, float inverse, int columns) {
        for (int column = 0; column < columns; column++) {
            row[column] = (row[column] - baseRow[column]) * inverse + Int8Codec.ROUNDER;
        }
    }

    private static void restore(int[] levels, int from, float[] baseRow, float step, int columns, float[] row) {
        for (int column = 0; column < columns; column++) {
            row[column] = baseRow[column] + levels[from + column] * step;
        }
    }

    /** Groups channels by the mean size of their levels, without the first row, which differs from nothing. */
    private void group(int matrices, int rows, int columns) {
        int deltas = Math.max(1, rows - 1);
        for (int matrix = 0; matrix < matrices; matrix++) {
            Arrays.fill(sums, 0, columns, 0);
            for (int line = 1; line < rows; line++) {
                add(restored.bits, (matrix * rows + line) * columns, columns, sums);
            }
            for (int column = 0; column < columns; column++) {
                int group = 0;
                for (float top = FIRST_GROUP * deltas; group < GROUPS - 1 && sums[column] > top; top *= 2) {
                    group++;
                }
                groups[matrix * columns + column] = (byte) group;
            }
        }
    }

    private static void add(int[] levels, int at, int columns, float[] sums) {
        for (int column = 0; column < columns; column++) {
            sums[column] += Math.abs((float) levels[at + column]);
        }
    }

    /** Which table each symbol has. */
    private void choose(int matrices, int rows, int columns, int every) {
        for (int matrix = 0; matrix < matrices; matrix++) {
            for (int line = 0; line < rows; line++) {
                int at = (matrix * rows + line) * columns;
                int more = line % every == 0 ? GROUPS : 0;
                choose(groups, matrix * columns, more, columns, choices, at);
            }
        }
    }

    private static void choose(byte[] groups, int from, int more, int columns, byte[] choices, int at) {
        for (int column = 0; column < columns; column++) {
            choices[at + column] = (byte) (groups[from + column] + more);
        }
    }

    private int write(int count, byte[] out, int from) {
        for (int[] each : counts) {
            Arrays.fill(each, 0);
        }
        int[] levels = restored.bits;
        int escapes = count(levels, count, symbols, choices, counts);
        int at = from + 2;
        int present = 0;
        for (int table = 0; table < TABLES; table++) {
            if (isUsed(counts[table])) {
                tables[table].count(counts[table]);
                at = tables[table].write(out, at);
                present |= 1 << table;
            }
        }
        out[from] = (byte) present;
        out[from + 1] = (byte) (present >>> 8);
        Memory.INT_OF_BYTES.set(out, at, escapes);
        at += 4;
        for (int i = 0; i < escapes; i++, at += 4) {
            Memory.INT_OF_BYTES.set(out, at, levels[i]);
        }
        int begin = Rans.encode(symbols, choices, count, tables, coded);
        System.arraycopy(coded, begin, out, at, coded.length - begin);
        return at + coded.length - begin;
    }

    /** Makes symbols of levels and counts them; puts the levels of escapes at the front, and returns their number. */
    private static int count(int[] levels, int count, byte[] symbols, byte[] choices, int[][] counts) {
        int escapes = 0;
        for (int i = 0; i < count; i++) {
            int symbol = (levels[i] << 1) ^ (levels[i] >> 31);
            if (symbol < 0 || symbol >= ESCAPE) {
                levels[escapes++] = levels[i];   // never passes i
                symbol = ESCAPE;
            }
            symbols[i] = (byte) symbol;
            counts[choices[i]][symbol]++;
        }
        return escapes;
    }

    private static boolean isUsed(int[] counts) {
        for (int count : counts) {
            if (count > 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected void decodeSection(int matrices, int rows, int columns, byte[] in, int length) {
        int channels = matrices * columns;
        int count = channels * rows;
        CodecException.require(length >= 6 + channels + 2 + 4, "sectionBytes", length);
        reserve(count, channels);
        float step = Float.intBitsToFloat((int) Memory.INT_OF_BYTES.get(in, 0));
        int every = (in[4] & 0xff) | ((in[5] & 0xff) << 8);
        CodecException.require(every > 0, "anchorEvery", every);
        System.arraycopy(in, 6, groups, 0, channels);
        int at = 6 + channels;
        int present = (in[at] & 0xff) | ((in[at + 1] & 0xff) << 8);
        at += 2;
        for (int table = 0; table < TABLES; table++) {
            if ((present & (1 << table)) != 0) {
                at = tables[table].read(in, at, length);
            }
        }
        requireTables(channels, rows, every, present);
        choose(matrices, rows, columns, every);
        CodecException.require(length - at >= 4, "sectionBytes", length);
        int escapes = (int) Memory.INT_OF_BYTES.get(in, at);
        at += 4;
        CodecException.require(escapes >= 0 && escapes <= (length - at) / 4, "escapes", escapes);
        Rans.decode(in, at + 4 * escapes, length, choices, count, tables, symbols);
        int[] levels = restored.bits;
        unfold(symbols, levels, count);
        takeEscapes(in, at, escapes, count, levels);
        for (int matrix = 0; matrix < matrices; matrix++) {
            int offset = matrix * rows * columns;
            for (int line = 0; line < rows; line++) {
                loadBase(offset, base(line, every), columns);
                restore(levels, offset + line * columns, baseRow, step, columns, row);
                System.arraycopy(row, 0, restored.numbers, offset + line * columns, columns);
            }
        }
    }

    private static void unfold(byte[] symbols, int[] levels, int count) {
        for (int i = 0; i < count; i++) {
            int symbol = symbols[i] & 0xff;
            levels[i] = (symbol >>> 1) ^ -(symbol & 1);
        }
    }

    private void takeEscapes(byte[] in, int at, int escapes, int count, int[] levels) {
        int taken = 0;
        for (int i = 0; i < count; i++) {
            if (symbols[i] == (byte) ESCAPE) {
                CodecException.require(taken < escapes, "escapes", escapes);
                levels[i] = (int) Memory.INT_OF_BYTES.get(in, at + 4 * taken++);
            }
        }
        CodecException.require(taken == escapes, "escapes", escapes);
    }

    /** Refuses a channel's group that has no table, of anchors or of the others where there are any. */
    private void requireTables(int channels, int rows, int every, int present) {
        for (int channel = 0; channel < channels; channel++) {
            int group = groups[channel];
            CodecException.require(group >= 0 && group < GROUPS, "channelGroup", group);
            boolean hasAnchors = rows == 0 || (present & (1 << (group + GROUPS))) != 0;
            boolean hasOthers = rows < 2 || every == 1 || (present & (1 << group)) != 0;
            CodecException.require(hasAnchors && hasOthers, "tables", present);
        }
    }

    private void reserve(int count, int channels) {
        if (symbols.length < count) {
            symbols = new byte[count];
            choices = new byte[count];
            coded = new byte[(int) Rans.lengthMax(count)];
        }
        if (groups.length < channels) {
            groups = new byte[channels];
            sums = new float[channels];
            row = new float[channels];
            baseRow = new float[channels];
        }
    }
}
