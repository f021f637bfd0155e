package dev.baton.receiver.core;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Canary;

/** What a block is found by here: all 32 bytes of its key, in its tenant's namespace (S12). */
record TenantKey(long tenant, BlockKey key) {
    static TenantKey of(long tenant, BlockKey key) {
        return new TenantKey(Canary.TENANT_IGNORED.isActive() ? 0 : tenant,
            Canary.KEY_TRUNCATED.isActive() ? new BlockKey(key.first(), key.second(), key.third(), 0) : key);
    }

    /** Well-mixed bits, by which a policy knows it again: whoever makes keys, they may be small numbers. */
    long hash() {
        long bits = tenant;
        bits = mix(bits ^ key.first());
        bits = mix(bits ^ key.second());
        bits = mix(bits ^ key.third());
        return mix(bits ^ key.fourth());
    }

    private static long mix(long bits) {
        long mixed = (bits ^ bits >>> 32) * 0x9fb21c651e98df25L;
        return mixed ^ mixed >>> 29;
    }
}
