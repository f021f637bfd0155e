package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The receiving halves of the limits: the bare loop's CRC in place, and a blocking socket read straight into the
 * target.
 */
final class PlainSink {
    private static final int PIECE_BYTES_MAX = 4 << 20;

    private final Copier copier;
    private final IdleMode idle;

    PlainSink(Copier copier, IdleMode idle) {
        this.copier = copier;
        this.idle = idle;
    }

    /** The bare loop's half. Gives how many messages were not what their manifest line says. */
    int runBare(Share share, StreamCounters counters, int messageCount) {
        Pause pause = new Pause(idle, "the bare loop's next message");
        int mismatchCount = 0;
        for (int message = 0; message < messageCount; message++) {
            while (counters.sent() <= message) {
                pause.idle();
            }
            pause.reset();
            int crc = 0;
            for (int done = 0; done < share.sizeBytes(); done += PIECE_BYTES_MAX) {
                crc = copier.crc(share.target(message) + done, Math.min(PIECE_BYTES_MAX, share.sizeBytes() - done),
                    crc);
            }
            mismatchCount += counters.crc(message) == crc ? 0 : 1;
            counters.checked(message + 1L);
        }
        return mismatchCount;
    }

    /** The socket's half; {@code target} is the whole slab, whose first byte lies at {@code targetBase}. */
    int runSocket(SocketChannel channel, boolean isChecked, Share share, ByteBuffer target, long targetBase,
        StreamCounters counters, int messageCount) throws IOException {
        Pause pause = new Pause(idle, "a manifest line");
        int mismatchCount = 0;
        for (int message = 0; message < messageCount; message++) {
            long address = share.target(message);
            int crc = 0;
            for (int done = 0; done < share.sizeBytes(); ) {
                int offset = (int) (address - targetBase) + done;
                target.limit(offset + Math.min(SocketSender.BLOCK_BYTES_MAX, share.sizeBytes() - done))
                    .position(offset);
                int readBytes = channel.read(target);
                if (readBytes < 0) {
                    throw new EOFException("socket ended: message=" + message + " doneBytes=" + done);
                }
                if (isChecked) {
                    crc = copier.crc(address + done, readBytes, crc);
                }
                done += readBytes;
            }
            if (isChecked) {
                while (!counters.isTold(message)) {
                    pause.idle();
                }
                pause.reset();
                mismatchCount += counters.crc(message) == crc ? 0 : 1;
            }
            counters.checked(message + 1L);
        }
        return mismatchCount;
    }
}
