package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What stands before the payload of every remote object: the beginning of a disk record's header ({@link RecordFormat}), with
 * the whole name, the length and the CRC of the payload, and when it was stored, of a file whose salt is {@value #SALT} and
 * at position 0. An object that was swapped for another, cut or written by somebody else does not have the head that was
 * asked for. One thread.
 */
public final class RemoteHead implements AutoCloseable {
    public static final int LENGTH_BYTES = 128;
    /** "REMOTE 1". */
    private static final long SALT = 0x312045544f4d4552L;

    private final Copier copier;
    private final Region memory;
    private final UnsafeBuffer block;
    private final byte[] bytes = new byte[LENGTH_BYTES];

    RemoteHead(Copier copier, MemoryLedger ledger) {
        this.copier = copier;
        memory = Regions.anonymous(ledger, "tier.remote", RecordFormat.HEADER_BYTES);
        block = new UnsafeBuffer(memory.address(), RecordFormat.HEADER_BYTES);
    }

    /** As it is stored; a client that reads an object fills it. */
    public byte[] bytes() {
        return bytes;
    }

    /** The payload's length that these {@link #LENGTH_BYTES} tell, or -1 where they are none; not checked further. */
    public static long payloadBytes(byte[] head) {
        return head.length == LENGTH_BYTES ? RecordFormat.payloadBytes(new UnsafeBuffer(head)) : RemoteConnection.ABSENT;
    }

    /** When the object was stored, as these bytes tell; 0 where they do not. Not checked further. */
    public static long storedMs(byte[] head) {
        return head.length == LENGTH_BYTES ? RecordFormat.storedMs(new UnsafeBuffer(head)) : 0;
    }

    void write(DirectBuffer name, long payloadAddress, long payloadBytes, long storedMs) {
        int crc = copier.crc(payloadAddress, payloadBytes, 0);
        RecordFormat.writeHeader(block, name, 0, payloadBytes, crc, SALT, 0, storedMs, copier);
        block.getBytes(0, bytes);
    }

    /** Whether these bytes are the head, and those the payload, that were stored under that name. */
    boolean isOf(DirectBuffer name, long payloadAddress, long payloadBytes) {
        block.setMemory(0, RecordFormat.HEADER_BYTES, (byte) 0);
        block.putBytes(0, bytes);
        return RecordFormat.isHeader(block, SALT, 0, copier) && RecordFormat.isNamed(block, name, 0) &&
            RecordFormat.payloadBytes(block) == payloadBytes &&
            RecordFormat.payloadCrc(block) == copier.crc(payloadAddress, payloadBytes, 0);
    }

    @Override
    public void close() {
        memory.close();
    }
}
