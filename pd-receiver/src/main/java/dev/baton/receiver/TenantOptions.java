package dev.baton.receiver;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.buffer.reserve.TenantLimits;
import dev.baton.buffer.reserve.TenantPolicy;

/** Who shares a receiver's pool, as settings of a command line. */
public final class TenantOptions {
    @Option(names = "--tenants", paramLabel = "HASH=WEIGHT[:QUOTA]", split = ",", defaultValue = Option.NULL_VALUE,
        description = "Tenants by the 64-bit hash that their requests carry, in hexadecimal: share, and most bytes " +
            "held and waited for. Default: all alike.")
    private List<String> tenants;

    @Option(names = "--tenant-quota", paramLabel = "SIZE", converter = ByteSizeOptions.class,
        description = "Most bytes that each other tenant holds and waits for. Default: no quota.")
    private Long otherQuotaBytes;

    /**
     * What the settings say, checked.
     *
     * @throws IllegalArgumentException if one is not of that form, out of its range, or there twice
     */
    TenantLimits limits() {
        Map<Long, TenantPolicy> known = new HashMap<>();
        for (String tenant : tenants == null ? List.<String>of() : tenants) {
            int equals = tenant.indexOf('=');
            int colon = tenant.indexOf(':', equals);
            try {
                long hash = Long.parseUnsignedLong(tenant.substring(0, equals), 16);
                int weight = Integer.parseInt(tenant.substring(equals + 1, colon < 0 ? tenant.length() : colon));
                long quotaBytes = colon < 0 ? Long.MAX_VALUE
                    : new ByteSizeOptions().convert(tenant.substring(colon + 1));
                if (known.put(hash, new TenantPolicy(weight, quotaBytes)) != null) {
                    throw new IllegalArgumentException("this tenant is named twice: --tenants=" + tenant);
                }
            } catch (IndexOutOfBoundsException | NumberFormatException | TypeConversionException ex) {
                throw new IllegalArgumentException("a tenant is HASH=WEIGHT or HASH=WEIGHT:QUOTA, like " +
                    "c0ffee=2:4GiB: --tenants=" + tenant, ex);
            }
        }
        return TenantLimits.DEFAULT.with(known, otherQuotaBytes == null ? TenantPolicy.EQUAL
            : new TenantPolicy(1, otherQuotaBytes));
    }
}
