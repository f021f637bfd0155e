package dev.baton.receiver;

import java.util.List;
import java.util.concurrent.TimeUnit;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.receiver.core.TierAdmission;
import dev.baton.receiver.core.TierLimits;

/** The tier below a receiver's pool, as settings of a command line. */
public final class TierOptions {
    @Option(names = "--tier", paramLabel = "ADDRESS",
        description = "Keep what landed in a tier below as well: blocks that requests name are found there when the pool has given them up, also after"
            + " a restart. disk:DIR[,DIR], a directory for each device; or one that receivers share: file:DIR, redis://HOST:PORT, s3://BUCKET."
            + " Twice for disk: before one that is shared. Default: none.")
    private List<String> tiers;

    @Option(names = "--tier-space", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "16GiB",
        description = "What disk: may take of each of its directories. Default: ${DEFAULT-VALUE}.")
    private long spaceBytes;

    @Option(names = "--tier-wait", paramLabel = "MS", defaultValue = "200",
        description = "Longest time that a request waits for its blocks from the tier, in milliseconds. Default: ${DEFAULT-VALUE}.")
    private int waitMs;

    @Option(names = "--tier-admission", paramLabel = "WHICH", converter = Admission.class, defaultValue = "all",
        description = "Which blocks go down: all, or those that are asked for again (second-touch). Default: ${DEFAULT-VALUE}.")
    private TierAdmission admission;

    @Option(names = "--tier-codec", paramLabel = "CODEC", defaultValue = "none",
        description = "How records are encoded: none, lossless (every bit comes back), or with an error within a bound: int8, fp8, cachegen."
            + " Records of any codec are read. Default: ${DEFAULT-VALUE}.")
    private String codec;

    @Option(names = "--tier-ttl", paramLabel = "DURATION", converter = DurationOptions.class,
        description = "How long a block is found in the tier after it went there, by the system's clock: 500ms, 90s, 15m, 24h, 7d; 0 for as long as there is"
            + " room, the default. Of two tiers: once for both, or twice in their order.")
    private List<Long> ttlsMs;

    /**
     * What the settings say, checked; null for no tier.
     *
     * @throws IllegalArgumentException if one is out of its range, or there is no such tier
     */
    public TierSettings settingsOrNull() {
        return tiers == null ? null : new TierSettings(tiers, ttlsMs == null ? List.of() : ttlsMs, spaceBytes, codec,
            TierLimits.DEFAULT.withWaitNs(TimeUnit.MILLISECONDS.toNanos(waitMs)).withAdmission(admission));
    }

    static final class Admission implements ITypeConverter<TierAdmission> {
        @Override
        public TierAdmission convert(String value) {
            for (TierAdmission admission : TierAdmission.values()) {
                if (admission.label().equals(value)) {
                    return admission;
                }
            }
            throw new TypeConversionException("'" + value + "'; type all or second-touch");
        }
    }
}
