package dev.baton.sim.time;

import java.util.Arrays;

/**
 * Virtual time and everything that is to happen in it, in order of time and, at one time, in the order in which it was
 * put in. Starts at 0. Not thread-safe.
 */
public final class Agenda {
    /** Something that happens. */
    @FunctionalInterface
    public interface Happening {
        void happen();
    }

    private long[] times = new long[1024];
    private long[] orders = new long[1024];
    private Happening[] happenings = new Happening[1024];
    private int size;
    private long order;
    private long nowNs;

    public long nowNs() {
        return nowNs;
    }

    public int size() {
        return size;
    }

    /** At that time, or now if it is past. */
    public void at(long timeNs, Happening happening) {
        if (size == times.length) {
            times = Arrays.copyOf(times, size * 2);
            orders = Arrays.copyOf(orders, size * 2);
            happenings = Arrays.copyOf(happenings, size * 2);
        }
        long when = Math.max(timeNs, nowNs);
        long which = order++;
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (times[parent] < when || (times[parent] == when && orders[parent] < which)) {
                break;
            }
            move(parent, at);
            at = parent;
        }
        put(at, when, which, happening);
    }

    public void in(long delayNs, Happening happening) {
        at(nowNs + delayNs, happening);
    }

    /** Lets the next one happen, if it is due by then. False if nothing is. */
    public boolean next(long untilNs) {
        if (size == 0 || times[0] > untilNs) {
            nowNs = Math.max(nowNs, untilNs);
            return false;
        }
        nowNs = times[0];
        Happening due = happenings[0];
        removeFirst();
        due.happen();
        return true;
    }

    private void removeFirst() {
        int last = --size;
        long when = times[last];
        long which = orders[last];
        Happening happening = happenings[last];
        happenings[last] = null;
        if (last == 0) {
            return;
        }
        int at = 0;
        int child;
        while ((child = 2 * at + 1) < last) {
            if (child + 1 < last && (times[child + 1] < times[child]
                || (times[child + 1] == times[child] && orders[child + 1] < orders[child]))) {
                child++;
            }
            if (when < times[child] || (when == times[child] && which < orders[child])) {
                break;
            }
            move(child, at);
            at = child;
        }
        put(at, when, which, happening);
    }

    private void move(int from, int to) {
        put(to, times[from], orders[from], happenings[from]);
    }

    private void put(int at, long when, long which, Happening happening) {
        times[at] = when;
        orders[at] = which;
        happenings[at] = happening;
    }
}
