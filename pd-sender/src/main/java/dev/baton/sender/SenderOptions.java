package dev.baton.sender;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import picocli.CommandLine.Option;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.ShardedLayout;
import dev.baton.sender.core.FetchTenants;
import dev.baton.sender.engine.Staging;

/** The settings of the sending role, for every command that has it. */
public final class SenderOptions {
    private static final long STAGING_BYTES = 512L << 20;
    private static final int POOL_SHARE = 8;

    @Option(names = "--window", paramLabel = "SIZE", converter = ByteSizeOptions.class,
        description = "Staging of handoffs whose memory is granted first. Default: 512MiB, or an eighth of a receiving node's pool.")
    private Long windowBytes;

    @Option(names = "--whole-staging", paramLabel = "SIZE", converter = ByteSizeOptions.class,
        description = "Staging of whole requests that are prefilled first. Default: as --window.")
    private Long wholeBytes;

    @Option(names = "--staging-dir", paramLabel = "DIR",
        description = "Folder for the files of staging, made with mode 0700, so that engines which are processes of their own can map it. Default: " +
            "memory of this process alone, or --shm-dir where the node receives, too.")
    private Path stagingDirectory;

    @Option(names = "--handoffs", paramLabel = "N", defaultValue = "1024",
        description = "Most handoffs under way at a time. Default: ${DEFAULT-VALUE}.")
    private int handoffsMax;

    @Option(names = "--parked", paramLabel = "N", defaultValue = "0",
        description = "Most prefills that nobody has asked for yet. Default: as --handoffs.")
    private int parkedMax;

    @Option(names = "--data-agents", paramLabel = "N", defaultValue = "1",
        description = "Threads that copy. Default: ${DEFAULT-VALUE}.")
    private int dataAgents;

    @Option(names = "--fetch-tenants", paramLabel = "HASH", split = ",", defaultValue = "all",
        description = "Whose blocks other nodes may fetch from here: all, none, or tenants by the 64-bit hash that their requests carry, in " +
            "hexadecimal. Default: ${DEFAULT-VALUE}.")
    private List<String> fetchTenants;

    @Option(names = "--transport", paramLabel = "SCHEME", defaultValue = "",
        description = "Forces one way of moving bytes; default: the best that both ends have.")
    private String transport;

    @Option(names = "--wire-plain", paramLabel = "GROUP", split = ",",
        description = "Layer groups whose bytes go as they are, also over transports that encode, such as tcp-lossless.")
    private Set<String> wirePlain = Set.of();

    /** What the settings say; checked when the context is concluded. */
    public SenderContext context(ShardedLayout layout) {
        return context(layout, STAGING_BYTES);
    }

    /**
     * The same for a node that receives too: staging that no setting names is a share of the pool, but one block at
     * least.
     *
     * @param poolBytes all shards together
     */
    public SenderContext contextWithin(ShardedLayout layout, long poolBytes) {
        long shareBytes = Math.max(poolBytes / POOL_SHARE, SenderContext.unitBytes(layout, ShardRange.all(layout.sharding().count())));
        return context(layout, shareBytes + Staging.GRAIN_BYTES - 1 & -Staging.GRAIN_BYTES);
    }

    private SenderContext context(ShardedLayout layout, long stagingBytes) {
        return new SenderContext().layout(layout).windowBytes(windowBytes == null ? stagingBytes : windowBytes)
            .wholeBytes(wholeBytes == null ? stagingBytes : wholeBytes).handoffsMax(handoffsMax).parkedMax(parkedMax).dataAgents(dataAgents)
            .transport(transport).wirePlain(wirePlain).fetchTenants(tenants(fetchTenants)).stagingDirectory(stagingDirectory);
    }

    private static FetchTenants tenants(List<String> named) {
        if (named.equals(List.of("all"))) {
            return FetchTenants.ALL;
        }
        Set<Long> hashes = new HashSet<>();
        for (String tenant : named.equals(List.of("none")) ? List.<String>of() : named) {
            try {
                hashes.add(Long.parseUnsignedLong(tenant, 16));
            } catch (NumberFormatException ex) {
                throw new IllegalArgumentException("all, none, or tenants by their hashes, like c0ffee,beef: --fetch-tenants=" + tenant, ex);
            }
        }
        return new FetchTenants(false, hashes);
    }

    /** Empty for the best that both ends have. */
    public String transport() {
        return transport;
    }
}
