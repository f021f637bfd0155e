package dev.baton.buffer.cache;

import java.util.Arrays;

import org.agrona.collections.Long2ObjectHashMap;

/**
 * How much of the cache each tenant's units take, and which of a tenant were touched longest ago. A tenant that has more than its share
 * loses its own first; one that has, while nobody else needs the room, keeps it. 12 bytes a unit. One owner, no locks.
 */
final class TenantShares {
    private static final int NONE = UnitTree.NONE;

    private static final int EMPTY_MAX = 1024;

    /** What one tenant has. */
    private static final class Account {
        final long tenant;
        final long extentsMax;
        long extents;
        int oldest = NONE;
        int youngest = NONE;

        Account(long tenant, long extentsMax) {
            this.tenant = tenant;
            this.extentsMax = extentsMax;
        }
    }

    private final CacheLimits limits;
    private final long extentBytes;
    private final Long2ObjectHashMap<Account> accounts = new Long2ObjectHashMap<>();
    private final Account[] ofUnit;
    private final int[] nexts;
    private final int[] previous;
    private final int[] extents;
    /** That have more than their share. */
    private int overCount;

    TenantShares(CacheLimits limits, long extentBytes, int unitCount) {
        this.limits = limits;
        this.extentBytes = extentBytes;
        ofUnit = new Account[unitCount];
        nexts = new int[unitCount];
        previous = new int[unitCount];
        extents = new int[unitCount];
        Arrays.fill(nexts, NONE);
        Arrays.fill(previous, NONE);
    }

    void add(int unit, long tenant) {
        Account account = accounts.get(tenant);
        if (account == null) {
            account = new Account(tenant, limits.shareBytes(tenant) / extentBytes);
            accounts.put(tenant, account);
        }
        ofUnit[unit] = account;
        extents[unit] = 0;
        link(account, unit);
    }

    void extent(int unit) {
        extents[unit]++;
        count(ofUnit[unit], 1);
    }

    void touch(int unit) {
        unlink(ofUnit[unit], unit);
        link(ofUnit[unit], unit);
    }

    void remove(int unit) {
        Account account = ofUnit[unit];
        unlink(account, unit);
        count(account, -extents[unit]);
        ofUnit[unit] = null;
        if (account.oldest == NONE && accounts.size() > EMPTY_MAX) {   // it may be back soon
            accounts.remove(account.tenant);
        }
    }

    /** Of a tenant that has more than its share, that unit which was touched longest ago; {@link UnitTree#NONE} if there is none. */
    int oldestOver() {
        if (overCount > 0) {
            for (Account account : accounts.values()) {
                if (account.extents > account.extentsMax) {
                    return account.oldest;
                }
            }
        }
        return NONE;
    }

    /** Of the same tenant, the one that was touched next; {@link UnitTree#NONE} if there is none. */
    int younger(int unit) {
        return nexts[unit];
    }

    long bookkeepingBytes() {
        return 16L * ofUnit.length;
    }

    private void count(Account account, int change) {
        boolean wasOver = account.extents > account.extentsMax;
        account.extents += change;
        boolean isOver = account.extents > account.extentsMax;
        overCount += isOver == wasOver ? 0 : isOver ? 1 : -1;
    }

    private void link(Account account, int unit) {
        previous[unit] = account.youngest;
        nexts[unit] = NONE;
        if (account.youngest == NONE) {
            account.oldest = unit;
        } else {
            nexts[account.youngest] = unit;
        }
        account.youngest = unit;
    }

    private void unlink(Account account, int unit) {
        int before = previous[unit];
        int after = nexts[unit];
        if (before == NONE) {
            account.oldest = after;
        } else {
            nexts[before] = after;
        }
        if (after == NONE) {
            account.youngest = before;
        } else {
            previous[after] = before;
        }
    }
}
