package dev.baton.sender;

import java.nio.file.Path;

import picocli.CommandLine.Option;

import dev.baton.platform.Require;

/** Several processes that send each request together, as settings of a command line. */
public final class RankOptions {
    @Option(names = "--ranks", paramLabel = "N", defaultValue = "1",
        description = "Processes that send each request together, an equal share of the shards each. Default: ${DEFAULT-VALUE}.")
    private int rankCount;

    @Option(names = "--rank", paramLabel = "K", defaultValue = "0",
        description = "Which of them this is, from 0; rank 0 reserves for all. Default: ${DEFAULT-VALUE}.")
    private int rank;

    @Option(names = "--rank-dir", paramLabel = "DIR",
        description = "Folder by which they find each other, the same for all and another one for each run; made if it is not there.")
    private Path folder;

    /** What they say, checked. */
    PatternRanks ranks(int shardCount) {
        if (rankCount == 1) {
            Require.that(rank == 0, "rank", rank, "0 where --ranks is 1");
            return PatternRanks.ALONE;
        }
        Require.that(folder != null, "rank-dir", folder, "given where there are several --ranks");
        return new RankFolder(folder, rank, rankCount, shardCount);
    }

    int rankCount() {
        return rankCount;
    }

    int rank() {
        return rank;
    }
}
