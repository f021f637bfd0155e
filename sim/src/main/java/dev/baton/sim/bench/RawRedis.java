package dev.baton.sim.bench;

import dev.baton.buffer.tier.remote.RedisAddress;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a Redis gives without any tier: SET and GET of pieces of a block, {@value #DEPTH} under way on each of as many connections
 * as there are operations under way, straight from and to memory. As {@code redis-benchmark -t set,get -d 1048576 -P 8}.
 */
final class RawRedis implements RawLimit {
    private static final int PIECE_BYTES = 1 << 20;
    private static final int DEPTH = 8;

    private final RedisAddress address;
    private final long lengthBytes;
    private final long blocks;
    private final RedisSocket[] sockets;
    private final Region[] memory;

    /** Connects. */
    RawRedis(RedisAddress address, long lengthBytes, long blocks, int threads, MemoryLedger ledger) throws IOException {
        this.address = address;
        this.lengthBytes = lengthBytes;
        this.blocks = blocks;
        sockets = new RedisSocket[threads];
        memory = new Region[threads];
        for (int i = 0; i < threads; i++) {
            sockets[i] = new RedisSocket(address);
            memory[i] = Regions.anonymous(ledger, "bench.raw", lengthBytes);
            memory[i].segment().fill((byte) (i + 1));
        }
    }

    /** Which server it is. */
    String describe() throws IOException {
        String info = String.valueOf(sockets[0].ask("INFO", "server"));
        return "redis " + info.lines().filter(line -> line.startsWith("redis_version:")).findFirst().orElse("redis_version:?")
            .substring("redis_version:".length()).strip();
    }

    /** Removes every key of the prefix. */
    void clear() {
        try {
            String cursor = "0";
            do {
                List<?> page = (List<?>) sockets[0].ask("SCAN", cursor, "MATCH", address.prefix() + ":*", "COUNT", "1000");
                cursor = String.valueOf(page.getFirst());
                for (Object key : (List<?>) page.getLast()) {
                    sockets[0].ask("UNLINK", String.valueOf(key));
                }
            } while (!cursor.equals("0"));
        } catch (IOException ex) {
            throw new UncheckedIOException("keys cannot be removed: at=" + address + " prefix=" + address.prefix(), ex);
        }
    }

    @Override
    public double write() {
        return pass(true);
    }

    @Override
    public double read() {
        return pass(false);
    }

    private double pass(boolean isWrite) {
        long elapsedNs = RawPass.run(sockets.length, blocks, (thread, block) -> {
            int pieces = Math.toIntExact((lengthBytes + PIECE_BYTES - 1) / PIECE_BYTES);
            for (int sent = 0, answered = 0; answered < pieces; answered++) {
                for (; sent < Math.min(pieces, answered + DEPTH); sent++) {
                    String key = address.prefix() + ":raw:" + block + ":" + sent;
                    if (isWrite) {
                        sockets[thread].send(piece(thread, sent), "SET", key);
                    } else {
                        sockets[thread].send(null, "GET", key);
                    }
                }
                if (isWrite) {
                    sockets[thread].answer();
                } else {
                    sockets[thread].take(piece(thread, answered));
                }
            }
        });
        return blocks * lengthBytes * 1e9 / elapsedNs;
    }

    private ByteBuffer piece(int thread, int piece) {
        long offset = (long) piece * PIECE_BYTES;
        return memory[thread].segment().asSlice(offset, Math.min(PIECE_BYTES, lengthBytes - offset)).asByteBuffer();
    }

    @Override
    public void close() {
        for (int i = 0; i < sockets.length; i++) {
            sockets[i].close();
            memory[i].close();
        }
    }
}
