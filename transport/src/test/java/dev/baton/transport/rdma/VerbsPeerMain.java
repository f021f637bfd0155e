package dev.baton.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.Verbs;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The other process of {@link RdmaVerbsTest}: takes one connection, prints each mark with the digest of its memory then. */
final class VerbsPeerMain {
    private VerbsPeerMain() {}

    /** Takes the scheme, the address to listen on, and a directory of shared memory. */
    public static void main(String[] words) throws Exception {
        try (Verbs verbs = TestVerbs.open(words[0], Path.of(words[2]), 2); VerbsEnd end = new VerbsEnd(verbs)) {
            System.out.println("PORT " + end.listen(words[1]));
            end.accept();
            CompletionQueue queue = end.queue;
            while (true) {
                int count = queue.poll();
                for (int i = 0; i < count; i++) {
                    if (queue.status(i) != CompletionQueue.SUCCESS) {
                        System.out.println("FAILED " + queue.status(i));
                        continue;
                    }
                    assertEquals(VerbsEnd.RECEIVE_ID, queue.requestId(i));
                    assertEquals(CompletionQueue.RECEIVED_IMMEDIATE, queue.kind(i));
                    byte[] digest = MessageDigest.getInstance("SHA-256").digest(end.memory.toArray(ValueLayout.JAVA_BYTE));
                    System.out.println("MARK " + queue.immediate(i) + " " + queue.lengthBytes(i) + " " +
                        HexFormat.of().formatHex(digest));
                    end.queuePair.postReceive(VerbsEnd.RECEIVE_ID);
                }
                if (count == 0 && end.channel.poll() == ConnectionChannel.DISCONNECTED) {
                    System.out.println("DISCONNECTED");
                    return;
                }
                // The machine may have one processor, which the other process needs.
                LockSupport.parkNanos(50_000);
            }
        }
    }
}
