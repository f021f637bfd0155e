package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The plainest sender that kernel TCP can have: a blocking socket, blocks written from where they lie. */
final class SocketSender implements AutoCloseable {
    /** One write and one CRC. */
    static final int BLOCK_BYTES_MAX = 1 << 20;

    private final Copier copier;
    private final IdleMode idle;
    private final SocketChannel channel;

    SocketSender(Copier copier, IdleMode idle, int port) throws IOException {
        this.copier = copier;
        this.idle = idle;
        channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** Sends; {@code source} is the whole source memory, whose first byte lies at {@code sourceBase}. */
    void run(boolean isChecked, Share share, ByteBuffer source, long sourceBase, StreamCounters counters,
        MessageClock clock)
        throws IOException {
        Pause pause = new Pause(idle, "the receiver to take a message from the socket");
        while (!clock.isDone()) {
            boolean hasWorked = clock.look();
            if (clock.mayBegin()) {
                send(isChecked, share, source, sourceBase, counters, clock.begin());
                hasWorked = true;
            }
            if (hasWorked) {
                pause.reset();
            } else {
                pause.idle();
            }
        }
    }

    private void send(boolean isChecked, Share share, ByteBuffer source, long sourceBase, StreamCounters counters,
        int message)
        throws IOException {
        long address = share.source(message);
        int crc = 0;
        for (int done = 0; done < share.sizeBytes(); ) {
            int lengthBytes = Math.min(BLOCK_BYTES_MAX, share.sizeBytes() - done);
            if (isChecked) {
                crc = copier.crc(address + done, lengthBytes, crc);
            }
            int offset = (int) (address - sourceBase) + done;
            source.limit(offset + lengthBytes).position(offset);
            while (source.hasRemaining()) {
                channel.write(source);
            }
            done += lengthBytes;
        }
        if (isChecked) {
            counters.tell(message, crc);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
