package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Symbols come back, cost what their frequencies say, and any bytes at all are refused or decoded in bounds. */
class RansTest {
    private static FrequencyTable[] tables(byte[] symbols, byte[] choices, int tableCount) {
        int[][] counts = new int[tableCount][FrequencyTable.SYMBOLS];
        for (int i = 0; i < symbols.length; i++) {
            counts[choices[i]][symbols[i] & 0xff]++;
        }
        FrequencyTable[] tables = new FrequencyTable[tableCount];
        for (int table = 0; table < tableCount; table++) {
            if (Arrays.stream(counts[table]).sum() > 0) {
                tables[table] = new FrequencyTable();
                tables[table].count(counts[table]);
            }
        }
        return tables;
    }

    /** As a reader has them, by way of their bytes. */
    private static FrequencyTable[] read(FrequencyTable[] tables) {
        FrequencyTable[] read = new FrequencyTable[tables.length];
        byte[] bytes = new byte[FrequencyTable.LENGTH_MAX];
        for (int table = 0; table < tables.length; table++) {
            if (tables[table] != null) {
                int length = tables[table].write(bytes, 0);
                read[table] = new FrequencyTable();
                assertEquals(length, read[table].read(bytes, 0, length));
            }
        }
        return read;
    }

    private static byte[] coded(byte[] symbols, byte[] choices, FrequencyTable[] tables) {
        byte[] out = new byte[(int) Rans.lengthMax(symbols.length)];
        return Arrays.copyOfRange(out, Rans.encode(symbols, choices, symbols.length, tables, out), out.length);
    }

    @Property(tries = 300)
    void shouldBringSymbolsBack(@ForAll @Size(max = 2000) byte[] wide, @ForAll @IntRange(min = 1, max = 256) int kinds,
        @ForAll @IntRange(min = 1, max = 5) int tableCount, @ForAll long seed) {
        Random random = new Random(seed);
        byte[] symbols = new byte[wide.length];
        byte[] choices = new byte[wide.length];
        for (int i = 0; i < wide.length; i++) {
            symbols[i] = (byte) ((wide[i] & 0xff) % kinds);
            choices[i] = (byte) random.nextInt(tableCount);
        }
        FrequencyTable[] tables = tables(symbols, choices, tableCount);
        byte[] coded = coded(symbols, choices, tables);
        byte[] back = new byte[symbols.length];
        Rans.decode(coded, 0, coded.length, choices, symbols.length, read(tables), back);
        assertArrayEquals(symbols, back);
    }

    @Test
    void shouldCostWhatFrequenciesSay() {
        Random random = new Random(11);
        byte[] symbols = new byte[100_000];
        for (int i = 0; i < symbols.length; i++) {
            symbols[i] = (byte) Math.min(255, Math.abs(random.nextGaussian() * 3));
        }
        byte[] choices = new byte[symbols.length];
        int[] counts = new int[256];
        for (byte symbol : symbols) {
            counts[symbol & 0xff]++;
        }
        double bits = 0;
        for (int count : counts) {
            bits -= count == 0 ? 0 : count * Math.log((double) count / symbols.length) / Math.log(2);
        }
        int length = coded(symbols, choices, tables(symbols, choices, 1)).length;
        assertTrue(length >= bits / 8 && length < bits / 8 * 1.005 + 32, "length=" + length + " entropy=" + bits / 8);
    }

    @Test
    void shouldRefuseOrFinishOnAnyBytes() {
        long seed = Long.getLong("baton.test.seed", 0x5eedL);
        Random random = new Random(seed);
        byte[] symbols = new byte[3000];
        byte[] choices = new byte[symbols.length];
        for (int i = 0; i < symbols.length; i++) {
            symbols[i] = (byte) (random.nextInt(20) * random.nextInt(3));
        }
        FrequencyTable[] tables = tables(symbols, choices, 1);
        byte[] coded = coded(symbols, choices, tables);
        tables = read(tables);
        int refused = 0;
        for (int round = 0; round < 5000; round++) {
            byte[] damaged = random.nextInt(4) == 0 ? Images.random(random.nextInt(coded.length * 2), round)
                : coded.clone();
            for (int i = random.nextInt(4); damaged.length > 0 && i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                Rans.decode(damaged, 0, damaged.length, choices, symbols.length, tables, new byte[symbols.length]);
            } catch (CodecException expected) {
                refused++;
            }
        }
        assertTrue(refused > 4500, "refused=" + refused + " seed=" + seed);
    }

    @Test
    void shouldRefuseTablesThatAreNone() {
        FrequencyTable table = new FrequencyTable();
        assertThrows(CodecException.class, () -> table.read(new byte[0], 0, 0));
        assertThrows(CodecException.class, () -> table.read(new byte[] {0, 5}, 0, 2), "not 4,096 in all");
        assertThrows(CodecException.class, () -> table.read(new byte[] {0, (byte) 0x90}, 0, 2), "cut short");
        assertThrows(CodecException.class, () -> table.read(new byte[] {1, (byte) 0x90, 0, 1}, 0, 4), "more than 4,096");
        Random random = new Random(5);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = Images.random(random.nextInt(700), round);
            try {
                assertTrue(table.read(bytes, 0, bytes.length) <= bytes.length);
            } catch (CodecException refused) {
                assertTrue(refused.getMessage().contains("="), refused.getMessage());
            }
        }
    }
}
