package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.UncheckedIOException;
import java.net.BindException;
import java.util.concurrent.locks.LockSupport;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.transport.session.ControlPlane;
import io.aeron.ChannelUri;
import io.aeron.CommonContext;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;

/**
 * Control over Aeron UDP: one subscription for all peers, one exclusive publication to each. Terms of 512 KiB take the
 * longest message and keep 64 peers' logs small. Belongs to the control agent's thread.
 */
public final class AeronControl implements ControlMedium {
    /** The stream that control messages travel on; bulk lanes use others. */
    public static final int STREAM_ID = 4_217;

    private static final String TERM = "|term-length=512k";
    private static final long START_WITHIN_NS = SECONDS.toNanos(5);
    private static final int POLLS_PER_CLOCK_READ = 64;
    private static final long IMAGE_CHECK_NS = MILLISECONDS.toNanos(50);

    private final AeronNode node;
    private final Subscription subscription;
    private final int port;
    private final Long2ObjectHashMap<AeronSource> sources = new Long2ObjectHashMap<>();
    private final FragmentHandler fragmentHandler = this::onFragment;
    private FrameListener listener;
    private final int strangersMax;
    private final long strangerWithinNs;
    private int pollCount;
    private long nextCheckNs = System.nanoTime();

    private AeronControl(AeronNode node, Subscription subscription, int port, ControlContext context) {
        strangersMax = context.strangerPathsMax();
        strangerWithinNs = context.strangerWithinNs();
        this.node = node;
        this.subscription = subscription;
        this.port = port;
    }

    /**
     * Listens at the context's host and port. Blocks until the port is bound, at most 5 s; the node stays the caller's
     * to close, after the plane.
     *
     * @throws UncheckedIOException if the port is in use or the address is not this machine's
     */
    public static ControlPlane open(AeronNode node, ControlContext context) {
        ControlContext concluded = context.conclude();
        String endpoint = concluded.host() + ":" + concluded.port();
        Subscription subscription;
        try {
            subscription = node.aeron().addSubscription("aeron:udp?endpoint=" + endpoint, STREAM_ID);
        } catch (RegistrationException ex) {
            throw cannotBind(endpoint, ex);
        }
        try {
            return new ControlHub(concluded, new AeronControl(node, subscription, boundPort(subscription, endpoint),
                concluded));
        } catch (RuntimeException ex) {
            subscription.close();
            throw ex;
        }
    }

    @Override
    public int localPort() {
        return port;
    }

    @Override
    public ControlPath open(String host, int toPort) {
        return new AeronPath(node.aeron(), "aeron:udp?endpoint=" + host + ":" + toPort + TERM, STREAM_ID);
    }

    @Override
    public int poll(FrameListener to, int limit) {
        if (subscription.isClosed()) {
            throw node.gone(node.lastError());
        }
        listener = to;
        int workCount = subscription.poll(fragmentHandler, limit);
        if (++pollCount >= POLLS_PER_CLOCK_READ) {
            pollCount = 0;
            long nowNs = System.nanoTime();
            if (nextCheckNs - nowNs <= 0 && (!sources.isEmpty() || !subscription.hasNoImages())) {
                nextCheckNs = nowNs + IMAGE_CHECK_NS;
                forgetClosedImages(to);
                turnStrangersAway(to, nowNs);
            }
        }
        return workCount;
    }

    @Override
    public void close() {
        subscription.close();
        sources.clear();
    }

    private void onFragment(DirectBuffer buffer, int offset, int length, Header header) {
        AeronSource source = sourceOf((Image) header.context());
        if (!source.isRejected) {
            source.onFragment(listener, buffer, offset, length, header.flags());
        }
    }

    private AeronSource sourceOf(Image image) {
        AeronSource source = sources.get(image.correlationId());
        if (source == null) {
            source = new AeronSource(image);
            source.strangerSinceNs = System.nanoTime();
            sources.put(image.correlationId(), source);
        }
        return source;
    }

    /** Closes paths of no session: those that had their time, and the oldest of too many. */
    private void turnStrangersAway(FrameListener to, long nowNs) {
        int strangerCount = 0;
        for (int i = subscription.imageCount() - 1; i >= 0; i--) {
            sourceOf(subscription.imageAtIndex(i));   // also those that never said a word
        }
        for (AeronSource source : sources.values()) {
            if (source.isOfSession()) {
                source.strangerSinceNs = nowNs;
            } else if (!source.isRejected && nowNs - source.strangerSinceNs >= strangerWithinNs) {
                reject(source, to);
            } else if (!source.isRejected) {
                strangerCount++;
            }
        }
        for (; strangerCount > strangersMax; strangerCount--) {
            reject(oldestStranger(), to);
        }
    }

    private AeronSource oldestStranger() {
        AeronSource oldest = null;
        for (AeronSource source : sources.values()) {
            if (!source.isOfSession() && !source.isRejected
                && (oldest == null || source.strangerSinceNs - oldest.strangerSinceNs < 0)) {
                oldest = source;
            }
        }
        return oldest;
    }

    /** Its sender is told at once; the driver frees what it holds for it. */
    private static void reject(AeronSource source, FrameListener to) {
        source.isRejected = true;
        if (!source.image.isClosed()) {
            source.image.reject("no session");
        }
        to.onStrangerClosed(source);
    }

    private void forgetClosedImages(FrameListener to) {
        Long2ObjectHashMap<AeronSource>.ValueIterator iterator = sources.values().iterator();
        while (iterator.hasNext()) {
            AeronSource source = iterator.next();
            if (source.image.isClosed() || source.image.isEndOfStream()) {
                iterator.remove();
                to.onSourceGone(source);
            }
        }
    }

    private static int boundPort(Subscription subscription, String endpoint) {
        long deadlineNs = System.nanoTime() + START_WITHIN_NS;
        do {
            String resolved = subscription.tryResolveChannelEndpointPort();
            if (resolved != null) {
                String bound = ChannelUri.parse(resolved).get(CommonContext.ENDPOINT_PARAM_NAME);
                int boundPort = Integer.parseInt(bound.substring(bound.lastIndexOf(':') + 1));
                if (boundPort != 0) {
                    return boundPort;
                }
            }
            LockSupport.parkNanos(MILLISECONDS.toNanos(1));
        } while (deadlineNs - System.nanoTime() > 0);
        throw new UncheckedIOException(new BindException("port was not bound in time: endpoint=" + endpoint));
    }

    private static UncheckedIOException cannotBind(String endpoint, RegistrationException ex) {
        String message = String.valueOf(ex.getMessage());
        String what = message.contains("in use") ? "port in use" : "cannot listen";
        BindException cause = new BindException(what + ": endpoint=" + endpoint);
        cause.initCause(ex);
        return new UncheckedIOException(cause);
    }
}
