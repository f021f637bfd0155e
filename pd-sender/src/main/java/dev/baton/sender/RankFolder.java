package dev.baton.sender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.platform.Require;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.Rank;

/**
 * Ranks of one host, or of one file system, that talk by files in a folder of their own: who they are, what the run is
 * called, and the grants that rank 0 hands on. Grants hold tokens, so folder (0700) and files (0600) are their user's
 * alone. A folder serves one run; rank 0 empties it at the end.
 * <pre>
 *   rank-K              "incarnation" of rank K             each rank, at its start
 *   run                 "run id", which names requests      rank 0, once it knows all
 *   grant-K-REQUEST     what {@code join} wants             rank 0; rank K takes it away
 * </pre>
 */
final class RankFolder implements PatternRanks {
    private static final Set<StandardOpenOption> NEW = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final String PART = ".part";

    private final Path folder;
    private final int rank;
    private final int rankCount;
    private final int shardCount;
    private final List<Rank> ranks = new ArrayList<>();
    private boolean hasLooked;
    private long nextLookNs;

    /**
     * @throws IllegalArgumentException if the folder served another run, or shards cannot be shared out evenly
     */
    RankFolder(Path folder, int rank, int rankCount, int shardCount) {
        Require.between("ranks", rankCount, 2, shardCount);
        Require.between("rank", rank, 0, rankCount - 1);
        Require.that(shardCount % rankCount == 0, "ranks", rankCount, "a divisor of the shards: shards=" + shardCount);
        this.folder = folder;
        this.rank = rank;
        this.rankCount = rankCount;
        this.shardCount = shardCount;
        if (!Files.isDirectory(folder)) {
            io("make", () -> Files.createDirectories(folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
        }
        Require.that(Files.notExists(file("rank-" + rank)) && Files.notExists(file("run")), "rank-dir", folder,
            "a folder that no run has used before; name another one");
    }

    @Override
    public long meet(long incarnation, long ownRunId, int seconds) {
        write("rank-" + rank, Long.toString(incarnation).getBytes(StandardCharsets.UTF_8));
        if (rank > 0) {
            return Long.parseLong(await("run", seconds));
        }
        for (int other = 0; other < rankCount; other++) {
            ranks.add(new Rank(Long.parseLong(await("rank-" + other, seconds)), shardsOf(other)));
        }
        write("run", Long.toString(ownRunId).getBytes(StandardCharsets.UTF_8));
        return ownRunId;
    }

    private String await(String name, int seconds) {
        long startNs = System.nanoTime();
        IdleStrategy idle = new BackoffIdleStrategy(1, 1, 1_000_000, 10_000_000);
        while (!Files.exists(file(name), LinkOption.NOFOLLOW_LINKS)) {
            if (System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(seconds)) {
                throw new IllegalStateException("another rank did not come in time: waitedFor=" + file(name) + " seconds=" + seconds +
                    "; start all ranks with the same --rank-dir");
            }
            idle.idle(0);
        }
        return new String(read(name), StandardCharsets.UTF_8);
    }

    private ShardRange shardsOf(int other) {
        int each = shardCount / rankCount;
        return new ShardRange(other * each, (other + 1) * each - 1);
    }

    @Override
    public ShardRange shardsHere(int count) {
        return shardsOf(rank);
    }

    @Override
    public HandoffSpec spec(HandoffSpec alone) {
        return rank == 0 ? alone.withRanks(ranks) : alone.joining();
    }

    @Override
    public void handOn(int request, int part, byte[] grant) {
        write("grant-" + part + "-" + request, grant);
    }

    @Override
    public boolean isJoining() {
        return rank > 0;
    }

    @Override
    public byte[] grantOrNull(int request) {
        String name = "grant-" + rank + "-" + request;
        if (!Files.exists(file(name), LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        byte[] grant = read(name);
        io("delete", () -> Files.delete(file(name)));
        return grant;
    }

    @Override
    public boolean isTimeToLook(long nowNs) {
        if (hasLooked && nextLookNs - nowNs > 0) {
            return false;
        }
        hasLooked = true;
        nextLookNs = nowNs + LOOK_EVERY_NS;
        return true;
    }

    /** Whole, or not there; readable by this user alone. */
    private void write(String name, byte[] bytes) {
        io("write", () -> {
            Path part = file(name + PART);
            try (SeekableByteChannel channel = Files.newByteChannel(part, NEW,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                channel.write(ByteBuffer.wrap(bytes));
            }
            Files.move(part, file(name), StandardCopyOption.ATOMIC_MOVE);
        });
    }

    private byte[] read(String name) {
        byte[][] bytes = new byte[1][];
        io("read", () -> bytes[0] = Files.readAllBytes(file(name)));
        return bytes[0];
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    /** Rank 0: nobody needs any of it any more. */
    @Override
    public void close() {
        if (rank == 0) {
            io("empty", () -> {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "{rank-*,grant-*,run}")) {
                    for (Path file : files) {
                        Files.deleteIfExists(file);
                    }
                }
            });
        }
    }

    private interface Io {
        void run() throws IOException;
    }

    private void io(String verb, Io what) {
        try {
            what.run();
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot " + verb + " in the ranks' folder: rank-dir=" + folder, ex);
        }
    }
}
