package dev.baton.buffer.tier.remote;

import java.io.IOException;
import java.io.InputStream;

/** A stretch of an object, head and payload, as it lies in memory. */
final class S3BlockStream extends InputStream {
    private final byte[] head;
    private final BlockMemory payload;
    private final long end;
    private final byte[] buffer = new byte[1 << 16];
    private long at;

    S3BlockStream(byte[] head, BlockMemory payload, long from, long bytes) {
        this.head = head;
        this.payload = payload;
        at = from;
        end = from + bytes;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (at == end) {
            return -1;
        }
        int count = (int) Math.min(Math.min(length, buffer.length), end - at);
        if (at < head.length) {
            count = Math.min(count, head.length - (int) at);
            System.arraycopy(head, (int) at, into, offset, count);
        } else {
            if (!payload.take(at - head.length, count, buffer)) {
                throw new IOException("the store was given up before it was sent");
            }
            System.arraycopy(buffer, 0, into, offset, count);
        }
        at += count;
        return count;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, end - at);
    }
}
