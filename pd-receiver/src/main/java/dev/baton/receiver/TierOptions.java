package dev.baton.receiver;

import java.util.concurrent.TimeUnit;

import picocli.CommandLine.Option;

import dev.baton.buffer.ByteSizeOptions;

/** The tier below a receiver's pool, as settings of a command line. */
public final class TierOptions {
    @Option(names = "--tier", paramLabel = "ADDRESS",
        description = "Keep what landed in a tier below as well: blocks that requests name are found there when the pool has given them up, also after"
            + " a restart. disk:DIR[,DIR], a directory for each device; or one that receivers share: file:DIR, redis://HOST:PORT, s3://BUCKET."
            + " Default: none.")
    private String tier;

    @Option(names = "--tier-space", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "16GiB",
        description = "What disk: may take of each of its directories. Default: ${DEFAULT-VALUE}.")
    private long spaceBytes;

    @Option(names = "--tier-wait", paramLabel = "MS", defaultValue = "200",
        description = "Longest time that a request waits for its blocks from the tier, in milliseconds. Default: ${DEFAULT-VALUE}.")
    private int waitMs;

    /**
     * What the settings say, checked; null for no tier.
     *
     * @throws IllegalArgumentException if one is out of its range, or there is no such tier
     */
    public TierSettings settingsOrNull() {
        return tier == null ? null : TierSettings.of(tier, spaceBytes, TimeUnit.MILLISECONDS.toNanos(waitMs));
    }
}
