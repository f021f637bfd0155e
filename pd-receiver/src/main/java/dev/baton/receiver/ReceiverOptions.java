package dev.baton.receiver;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.ShardedLayout;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.HostPort;

/** The settings of the receiving role, for every command that has it. */
public final class ReceiverOptions {
    @Option(names = "--pool", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "1GiB",
        description = "Memory for KV on each shard. Default: ${DEFAULT-VALUE}.")
    private long poolBytes;

    @Option(names = "--spill", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "0",
        description = "More of it, slower, in files of --spill-dir: for whole requests that find no room. Default: none.")
    private long spillBytes;

    @Option(names = "--extent", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "4MiB",
        description = "Unit of allocation. Default: ${DEFAULT-VALUE}.")
    private long extentBytes;

    @Option(names = "--reservations", paramLabel = "N", defaultValue = "4096",
        description = "Most requests reserved or waiting at a time. Default: ${DEFAULT-VALUE}.")
    private int reservationsMax;

    @Option(names = "--queue", paramLabel = "SIZE", converter = ByteSizeOptions.class,
        description = "Most memory that waiting requests ask for together, on all shards. Default: 64 times the pool, or the spill tier where that is larger.")
    private Long queueBytes;

    @Option(names = "--gang-shards", paramLabel = "N[-M]",
        description = "Several processes hold the shards of this instance; these are here. Default: all.")
    private String gangShards;

    @Option(names = "--gang-leader", paramLabel = "HOST:PORT", converter = AddressOptions.class,
        description = "Lend this process's memory to that one, which allocates for all. Default: allocate here.")
    private HostPort gangLeader;

    @Option(names = "--strict-order", description = "Never let a later request pass a head that does not fit.")
    private boolean isStrictOrder;

    @Mixin
    private TenantOptions tenants = new TenantOptions();

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Mixin
    private CacheShareOptions cacheShares = new CacheShareOptions();

    @Mixin
    private TierOptions tier = new TierOptions();

    @Option(names = "--verify-pattern", paramLabel = "SEED",
        description = "Act as a decode engine that compares every byte with this seed's pattern and frees it.")
    private Long patternSeed;

    /**
     * What the settings say, checked.
     *
     * @throws IllegalArgumentException if a value is out of its range; the message names it
     */
    public ReceiverContext context(ShardedLayout layout) {
        if (extentBytes > 1 << 30) {
            throw new IllegalArgumentException("an extent has at most 1 GiB: extentBytes=" + extentBytes);
        }
        AdmissionLimits admission = AdmissionLimits.DEFAULT.tenants(tenants.limits()).queuedBytesMax(queueBytes == null ? Long.MAX_VALUE : queueBytes).withRamp();
        return new ReceiverContext().layout(layout).poolBytesPerShard(poolBytes).spillBytesPerShard(spillBytes).extentBytes((int) extentBytes)
            .shardsHere(gangShards == null ? null : ShardRange.parse(gangShards)).gangLeader(gangLeader).tier(tier.settingsOrNull())
            .limits(ReceiverLimits.DEFAULT.withCache(cacheShares.limits(cache.limits().eviction()))).reservationsMax(reservationsMax).admission(isStrictOrder ? admission : admission.withOvertaking())
            .conclude();
    }

    /** Null where no pattern is to be verified. */
    public Long patternSeed() {
        return patternSeed;
    }
}
