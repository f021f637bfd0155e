package dev.baton.sender.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

import dev.baton.buffer.SlabPlace;
import dev.baton.platform.Require;

/**
 * Where the images of a prompt's blocks lie, for an engine that is a process of its own: bytes that the sender's process makes and the
 * engine hands on by its own way. It names no path: whoever reads them knows the directory. Little-endian.
 * <pre>
 *   magic u32 | version u32 | CRC32C of what follows u32 | pieces u32 | incarnation u64
 *   piece     block u32 | shard u32 | group u32 | slab u32 | offset in the image u64 | length u64 | slab's bytes u64 | offset in the slab u64
 * </pre>
 */
final class PrefixHandle {
    /** Bytes of an image that lie in a row. */
    record Piece(int block, int shard, int group, long imageOffset, long lengthBytes, SlabPlace place) {}

    static final int PIECES_MAX = 1 << 20;

    private static final int MAGIC = 0x48585042;   // "BPXH"
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 24;
    private static final int CHECKED_FROM = 12;
    private static final int PIECE_BYTES = 48;

    private PrefixHandle() {}

    /** @param pieces of one process, at least one */
    static byte[] encode(List<Piece> pieces) {
        Require.between("pieces.size", pieces.size(), 1, PIECES_MAX);
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + pieces.size() * PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC).putInt(VERSION).putInt(0).putInt(pieces.size()).putLong(pieces.getFirst().place().incarnation());
        for (Piece piece : pieces) {
            bytes.putInt(piece.block()).putInt(piece.shard()).putInt(piece.group()).putInt(piece.place().slabId()).putLong(piece.imageOffset())
                .putLong(piece.lengthBytes()).putLong(piece.place().slabBytes()).putLong(piece.place().offset());
        }
        bytes.putInt(8, crc(bytes.array()));
        return bytes.array();
    }

    /** @throws IllegalArgumentException if these are no such bytes, or not as they were made */
    static List<Piece> decode(byte[] handle) {
        ByteBuffer bytes = ByteBuffer.wrap(handle).order(ByteOrder.LITTLE_ENDIAN);
        Require.atLeast("handle.length", handle.length, HEADER_BYTES);
        Require.that(bytes.getInt(0) == MAGIC, "handle.magic", Integer.toHexString(bytes.getInt(0)), "that of a prefix's handle");
        Require.that(bytes.getInt(4) == VERSION, "handle.version", bytes.getInt(4), "1: both processes must be of one version");
        Require.that(bytes.getInt(8) == crc(handle), "handle.crc", Integer.toHexString(bytes.getInt(8)), "that of its bytes: it was cut or changed");
        int count = Require.between("handle.pieces", bytes.getInt(12), 1, PIECES_MAX);
        Require.that(handle.length == HEADER_BYTES + (long) count * PIECE_BYTES, "handle.length", handle.length, "that of its pieces: " + count);
        long incarnation = bytes.getLong(16);
        List<Piece> pieces = new ArrayList<>(count);
        for (int at = HEADER_BYTES; at < handle.length; at += PIECE_BYTES) {
            for (int number = at; number < at + 16; number += Integer.BYTES) {
                Require.atLeast("piece.number", bytes.getInt(number), 0);
            }
            long lengthBytes = bytes.getLong(at + 24);
            long slabBytes = bytes.getLong(at + 32);
            long offset = bytes.getLong(at + 40);
            Require.between("piece.lengthBytes", lengthBytes, 1, slabBytes);
            Require.between("piece.imageOffset", bytes.getLong(at + 16), 0, Long.MAX_VALUE - lengthBytes);
            Require.between("piece.offset", offset, 0, slabBytes - lengthBytes);
            pieces.add(new Piece(bytes.getInt(at), bytes.getInt(at + 4), bytes.getInt(at + 8), bytes.getLong(at + 16), lengthBytes,
                new SlabPlace(incarnation, bytes.getInt(at + 12), slabBytes, offset)));
        }
        return pieces;
    }

    private static int crc(byte[] handle) {
        CRC32C crc = new CRC32C();
        crc.update(handle, CHECKED_FROM, handle.length - CHECKED_FROM);
        return (int) crc.getValue();
    }
}
