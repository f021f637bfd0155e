package dev.baton.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.platform.Availability;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SocketVectorTest {
    private final MemorySegment out = Arena.ofAuto().allocate(100_000);
    private final MemorySegment in = Arena.ofAuto().allocate(100_000);
    private SocketChannel near;
    private SocketChannel far;

    @BeforeEach
    void connect() throws IOException {
        assumeTrue(SocketVector.availability() instanceof Availability.Present, () -> SocketVector.availability().toString());
        try (ServerSocketChannel server = ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            near = SocketChannel.open(server.getLocalAddress());
            far = server.accept();
        }
        near.configureBlocking(false);
        far.configureBlocking(false);
        for (int i = 0; i < out.byteSize(); i++) {
            out.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + (i >> 8)));
        }
    }

    @AfterEach
    void close() throws IOException {
        if (near != null) {
            near.close();
            far.close();
        }
    }

    @Test
    void shouldMoveTwoPiecesInOrder() throws IOException {
        SocketVector sender = SocketVector.overOrNull(near);
        SocketVector receiver = SocketVector.overOrNull(far);
        assertEquals(0, receiver.receive(in.address(), 10, in.address() + 10, 10), "nothing there yet");
        assertEquals(300, sender.send(out.address(), 100, out.address() + 100, 200));
        assertEquals(50, sender.send(out.address() + 300, 50, 0, 0));

        int doneBytes = 0;
        long startNs = System.nanoTime();
        while (doneBytes < 350 && System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20)) {
            int firstBytes = Math.min(70, 350 - doneBytes);
            doneBytes += receiver.receive(in.address() + doneBytes, firstBytes, in.address() + doneBytes + firstBytes,
                Math.min(64, 350 - doneBytes - firstBytes));
        }
        assertEquals(-1, out.asSlice(0, 350).mismatch(in.asSlice(0, 350)));
    }

    @Test
    void shouldTakeNothingWhenTheSocketIsFull() throws IOException {
        SocketVector sender = SocketVector.overOrNull(near);
        int takenBytes;
        long startNs = System.nanoTime();
        do {
            takenBytes = sender.send(out.address(), 50_000, out.address() + 50_000, 50_000);
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20), "fills up");
        } while (takenBytes > 0);
        assertEquals(0, takenBytes);
    }

    @Test
    void shouldTellTheEndAndABreak() throws IOException {
        SocketVector receiver = SocketVector.overOrNull(far);
        near.close();
        assertEquals(-1, receiver.receive(in.address(), 10, in.address() + 10, 10));

        IOException broken = assertThrows(IOException.class, () -> {
            for (int i = 0; i < 1_000_000; i++) {
                receiver.send(out.address(), 1_000, out.address(), 1_000);
            }
        });
        assertTrue(broken.getMessage().matches("connection broken: errno=\\d+"), broken::getMessage);
    }
}
