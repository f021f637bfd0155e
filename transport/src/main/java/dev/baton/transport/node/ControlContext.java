package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.security.SecureRandom;
import java.util.Objects;
import java.util.function.LongSupplier;

import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.wire.MessageHeaderEncoder;

/** What a control plane is told before it starts. Set what differs, {@link #conclude()} once, then only read. */
public final class ControlContext {
    private NodeIdentity identity;
    private String host = "127.0.0.1";
    private int port;
    private int versionMin = 1;
    private int versionMax = MessageHeaderEncoder.SCHEMA_VERSION;
    private long keepAliveNs = SECONDS.toNanos(1);
    private long silenceNs = SECONDS.toNanos(5);
    private long backPressureNs = SECONDS.toNanos(3);
    private long helloIntervalNs = MILLISECONDS.toNanos(500);
    private int outboxLengthMax = WireMaxima.OUTBOX_LENGTH_MAX;
    private int sessionCountMax = WireMaxima.SESSIONS_MAX;
    private int pendingCountMax = WireMaxima.PENDING_SESSIONS_MAX;
    private int hellosPerSecondMax = WireMaxima.HELLOS_PER_SECOND_MAX;
    private int strangerPathsMax = WireMaxima.STRANGER_PATHS_MAX;
    private long strangerWithinNs = SECONDS.toNanos(10);
    private SharedSecret secret;
    private boolean isDialOnly;
    private LongSupplier random;
    private boolean isConcluded;

    public ControlContext identity(NodeIdentity value) {
        requireOpen();
        identity = value;
        return this;
    }

    public NodeIdentity identity() {
        return identity;
    }

    /** Address to listen at; loopback unless told otherwise. */
    public ControlContext host(String value) {
        requireOpen();
        host = value;
        return this;
    }

    public String host() {
        return host;
    }

    /** Port to listen at; 0 for one of the system's choice. */
    public ControlContext port(int value) {
        requireOpen();
        port = value;
        return this;
    }

    public int port() {
        return port;
    }

    /** Protocol versions that this end speaks. */
    public ControlContext versions(int min, int max) {
        requireOpen();
        versionMin = min;
        versionMax = max;
        return this;
    }

    public int versionMin() {
        return versionMin;
    }

    public int versionMax() {
        return versionMax;
    }

    /** An idle session says that it lives this often. */
    public ControlContext keepAliveNs(long value) {
        requireOpen();
        keepAliveNs = value;
        return this;
    }

    public long keepAliveNs() {
        return keepAliveNs;
    }

    /** A session is lost when nothing was heard for this long. */
    public ControlContext silenceNs(long value) {
        requireOpen();
        silenceNs = value;
        return this;
    }

    public long silenceNs() {
        return silenceNs;
    }

    /** A session is lost when the wire took nothing of what waits for this long. */
    public ControlContext backPressureNs(long value) {
        requireOpen();
        backPressureNs = value;
        return this;
    }

    public long backPressureNs() {
        return backPressureNs;
    }

    /** A Hello is said again this often until it is answered. */
    public long helloIntervalNs() {
        return helloIntervalNs;
    }

    public ControlContext helloIntervalNs(long value) {
        requireOpen();
        helloIntervalNs = value;
        return this;
    }

    /** Most bytes that wait for one peer. */
    public ControlContext outboxLengthMax(int value) {
        requireOpen();
        outboxLengthMax = value;
        return this;
    }

    public int outboxLengthMax() {
        return outboxLengthMax;
    }

    /** Most sessions at a time; further Hellos are refused as TOO_MANY_PEERS. */
    public ControlContext sessionCountMax(int value) {
        requireOpen();
        sessionCountMax = value;
        return this;
    }

    public int sessionCountMax() {
        return sessionCountMax;
    }

    /** Most handshakes under way that a peer began; further Hellos are refused as OVERLOADED. */
    public ControlContext pendingCountMax(int value) {
        requireOpen();
        pendingCountMax = value;
        return this;
    }

    public int pendingCountMax() {
        return pendingCountMax;
    }

    /** Most Hellos looked at in a second; what comes beyond is dropped. */
    public ControlContext hellosPerSecondMax(int value) {
        requireOpen();
        hellosPerSecondMax = value;
        return this;
    }

    public int hellosPerSecondMax() {
        return hellosPerSecondMax;
    }

    /** Most incoming paths that are of no session; beyond them the oldest is closed. */
    public ControlContext strangerPathsMax(int value) {
        requireOpen();
        strangerPathsMax = value;
        return this;
    }

    public int strangerPathsMax() {
        return strangerPathsMax;
    }

    /** An incoming path that is of no session for this long is closed. */
    public ControlContext strangerWithinNs(long value) {
        requireOpen();
        strangerWithinNs = value;
        return this;
    }

    public long strangerWithinNs() {
        return strangerWithinNs;
    }

    /** What every peer must prove to know; null for none: then anybody is believed. */
    public ControlContext secret(SharedSecret value) {
        requireOpen();
        secret = value;
        return this;
    }

    public SharedSecret secret() {
        return secret;
    }

    /** Takes no Hello: for tools that only ask. */
    public ControlContext dialOnly(boolean value) {
        requireOpen();
        isDialOnly = value;
        return this;
    }

    public boolean isDialOnly() {
        return isDialOnly;
    }

    /** 64 random bits at a call, for session ids, nonces, correlations and jitter. */
    public ControlContext random(LongSupplier value) {
        requireOpen();
        random = value;
        return this;
    }

    public LongSupplier random() {
        return random;
    }

    /** Checks what was set, fills what was not, and closes this context to change. Starts nothing. */
    public ControlContext conclude() {
        requireOpen();
        Objects.requireNonNull(identity, "identity");
        Require.between("port", port, 0, 65_535);
        Require.between("versionMin", versionMin, 1, versionMax);
        Require.between("versionMax", versionMax, 1, WireMaxima.VERSION_MAX);
        Require.atLeast("keepAliveNs", keepAliveNs, MILLISECONDS.toNanos(1));
        Require.atLeast("silenceNs", silenceNs, 2 * keepAliveNs);
        Require.atLeast("backPressureNs", backPressureNs, MILLISECONDS.toNanos(1));
        Require.atLeast("outboxLengthMax", outboxLengthMax, 128 << 10);
        Require.atLeast("sessionCountMax", sessionCountMax, 1);
        Require.atLeast("pendingCountMax", pendingCountMax, 1);
        Require.atLeast("hellosPerSecondMax", hellosPerSecondMax, 1);
        Require.between("strangerPathsMax", strangerPathsMax, 1, WireMaxima.STRANGER_PATHS_MAX);
        Require.atLeast("strangerWithinNs", strangerWithinNs, 1);
        Require.that(identity.isObserver() || identity.layout().length > 0, "layout", "empty",
            "told by every node that is no observer");
        random = random == null ? new SecureRandom()::nextLong : random;
        isConcluded = true;
        return this;
    }

    private void requireOpen() {
        if (isConcluded) {
            throw new IllegalStateException("this context is concluded: set it up before it is used");
        }
    }
}
