package dev.baton.receiver;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.tier.Eviction;

/** How a receiver's pool is a cache, as settings of a command line. */
public final class CacheOptions {
    @Option(names = "--eviction", paramLabel = "POLICY", converter = Policy.class, completionCandidates = Labels.class, defaultValue = "chain",
        description = "Which cached blocks go first when a request needs their memory: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Eviction eviction;

    /** What the settings say. */
    public CacheLimits limits() {
        return CacheLimits.of(eviction);
    }

    static final class Policy implements ITypeConverter<Eviction> {
        @Override
        public Eviction convert(String value) {
            for (Eviction eviction : Eviction.values()) {
                if (eviction.label().equals(value.toLowerCase(Locale.ROOT))) {
                    return eviction;
                }
            }
            throw new TypeConversionException("no such policy: '" + value + "'; type " + String.join(", ", new Labels()));
        }
    }

    static final class Labels implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Eviction.values()).map(Eviction::label).iterator();
        }
    }
}
