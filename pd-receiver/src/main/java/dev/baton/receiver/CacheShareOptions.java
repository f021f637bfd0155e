package dev.baton.receiver;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.tier.Eviction;

/** How tenants share what a receiver's pool keeps as cache, as settings of a command line. */
final class CacheShareOptions {
    @Option(names = "--cache-share", paramLabel = "HASH=SIZE", split = ",", defaultValue = Option.NULL_VALUE,
        description = "Tenants by the 64-bit hash that their requests carry, in hexadecimal: what has more cache than its share loses its own blocks"
            + " first when memory is needed. Default: no shares.")
    private List<String> shares;

    @Option(names = "--cache-share-others", paramLabel = "SIZE", converter = ByteSizeOptions.class,
        description = "The same of each other tenant. Default: no share.")
    private Long othersShareBytes;

    /**
     * What the settings say, checked, beside a policy.
     *
     * @throws IllegalArgumentException if one is not of its form, or there twice
     */
    CacheLimits limits(Eviction eviction) {
        Map<Long, Long> ofTenants = new HashMap<>();
        for (String share : shares == null ? List.<String>of() : shares) {
            String[] sides = share.split("=", 2);
            try {
                if (ofTenants.put(Long.parseUnsignedLong(sides[0], 16), new ByteSizeOptions().convert(sides[1])) != null) {
                    throw new IllegalArgumentException("this tenant is named twice: --cache-share=" + share);
                }
            } catch (IndexOutOfBoundsException | NumberFormatException | TypeConversionException ex) {
                throw new IllegalArgumentException("a tenant's share is HASH=SIZE, like c0ffee=4GiB: --cache-share=" + share, ex);
            }
        }
        return new CacheLimits(eviction, ofTenants, othersShareBytes == null ? Long.MAX_VALUE : othersShareBytes);
    }
}
