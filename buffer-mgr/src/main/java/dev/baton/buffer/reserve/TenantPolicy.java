package dev.baton.buffer.reserve;

import dev.baton.platform.Require;

/**
 * What a tenant may have.
 *
 * @param weight     its share beside the others', by bytes; 1 is one share
 * @param quotaBytes most bytes it holds and waits for at a time; {@code Long.MAX_VALUE} is no quota
 */
public record TenantPolicy(int weight, long quotaBytes) {
    /** One share, no quota. */
    public static final TenantPolicy EQUAL = new TenantPolicy(1, Long.MAX_VALUE);

    public TenantPolicy {
        Require.between("weight", weight, 1, 1000);
        Require.atLeast("quotaBytes", quotaBytes, 1);
    }
}
