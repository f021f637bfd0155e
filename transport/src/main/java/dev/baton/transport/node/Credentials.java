package dev.baton.transport.node;

import java.security.MessageDigest;
import java.util.function.LongSupplier;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongHashSet;

import dev.baton.transport.secret.HmacKey;
import dev.baton.transport.secret.Sealer;
import dev.baton.transport.secret.SessionKeys;
import dev.baton.transport.secret.SessionSeal;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.HelloCodec;

/**
 * What a secret adds to handshakes: nonces, seals, proofs, and each session's keys. Where none is set it adds nothing:
 * nonces and seals are zeros. Control agent's thread.
 * <pre>
 *   transcript = SHA-256(Hello, HelloAck), but proof and trailers: identities, nonces, versions, layouts
 *   HelloAck   proof of 'A', HMAC(secret; 'A', transcript)     the acceptor knows the secret, and this is no replay
 *   HelloDone  proof of 'D', HMAC(secret; 'D', transcript)     so does the dialler; before it nothing is believed
 *   keys       HKDF(secret; transcript): control of each direction, lane tokens
 * </pre>
 */
final class Credentials {
    private static final int NONCES_MAX = 4_096;

    private final SharedSecret secret;
    private final LongSupplier random;
    private final Sealer sealer = new Sealer(Frames.LENGTH_MAX);
    private LongHashSet usedNonces = new LongHashSet();
    private LongHashSet olderNonces = new LongHashSet();

    Credentials(SharedSecret secret, LongSupplier random) {
        this.secret = secret;
        this.random = random;
    }

    boolean isSet() {
        return secret != null;
    }

    Sealer sealer() {
        return sealer;
    }

    HmacKey handshakeKeyOrNull() {
        return secret == null ? null : secret.handshakeKey();
    }

    /** Half a nonce, never 0; 0 where no secret is set. */
    long nonce() {
        long nonce = 0;
        while (secret != null && nonce == 0) {
            nonce = random.getAsLong();
        }
        return nonce;
    }

    /** A copy of a message under the handshake's key. */
    byte[] sealed(DirectBuffer message, int length) {
        byte[] copy = new byte[length];
        if (secret == null) {
            message.getBytes(0, copy);
        } else {
            sealer.seal(secret.handshakeKey(), 0, message, 0, length);
            sealer.sealed().getBytes(0, copy);
        }
        return copy;
    }

    /** What both ends must have seen alike; null where no secret is set. */
    byte[] transcript(byte[] hello, byte[] ack) {
        return secret == null ? null : SharedSecret.transcript(hello, hello.length, ack, ack.length);
    }

    /** That this end, {@link SharedSecret#ACCEPTOR} or {@link SharedSecret#DIALLER}, knows the secret. */
    byte[] proof(byte end, byte[] transcript) {
        return secret.proof(end, transcript);
    }

    /** Whether {@code end} proved it. As slow for any wrong proof. */
    boolean isProof(byte end, byte[] transcript, byte[] proof) {
        return MessageDigest.isEqual(proof(end, transcript), proof);
    }

    /** Gives a session its keys, if there is a secret; {@code end} is this one. */
    void key(PeerSession session, byte end, byte[] transcript) {
        if (secret == null) {
            return;
        }
        byte other = end == SharedSecret.DIALLER ? SharedSecret.ACCEPTOR : SharedSecret.DIALLER;
        SessionKeys keys = secret.sessionKeys(transcript);
        session.keyed(new SessionSeal(sealer, keys, end), keys.laneToken(end), keys.laneToken(other));
    }

    /** A session was opened by a Hello with this nonce: it opens no other. */
    void used(long nonceHigh) {
        if (secret == null) {
            return;
        }
        if (usedNonces.size() >= NONCES_MAX) {
            olderNonces = usedNonces;
            usedNonces = new LongHashSet();
        }
        usedNonces.add(nonceHigh);
    }

    boolean wasUsed(long nonceHigh) {
        return secret != null && (usedNonces.contains(nonceHigh) || olderNonces.contains(nonceHigh));
    }

    /** All of a Hello or HelloAck that is proved. */
    static byte[] proved(DirectBuffer message, int length) {
        return HelloCodec.proved(message, length);
    }
}
