package dev.baton.sender.core;

import java.util.Arrays;

/**
 * Manifest lines that wait to be told: five numbers each, in the order in which their cells completed. Grows once, then
 * no more.
 */
final class ManifestLines {
    private static final int FIELDS = 5;

    private int[] values = new int[FIELDS * 64];
    private int count;

    void add(int cell, int lengthBytes, int crc, int lane, int seq) {
        int at = count * FIELDS;
        if (at == values.length) {
            values = Arrays.copyOf(values, at * 2);
        }
        values[at] = cell;
        values[at + 1] = lengthBytes;
        values[at + 2] = crc;
        values[at + 3] = lane;
        values[at + 4] = seq;
        count++;
    }

    int count() {
        return count;
    }

    int cell(int line) {
        return values[line * FIELDS];
    }

    int lengthBytes(int line) {
        return values[line * FIELDS + 1];
    }

    int crc(int line) {
        return values[line * FIELDS + 2];
    }

    int lane(int line) {
        return values[line * FIELDS + 3];
    }

    int seq(int line) {
        return values[line * FIELDS + 4];
    }

    void clear() {
        count = 0;
    }
}
