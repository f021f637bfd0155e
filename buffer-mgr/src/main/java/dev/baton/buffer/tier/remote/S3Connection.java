package dev.baton.buffer.tier.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Objects of a {@link S3Remote}, one request at a time. */
final class S3Connection implements RemoteConnection {
    private static final int NOT_FOUND = 404;
    private static final int NO_SUCH_RANGE = 416;
    private static final int NO_STORAGE = 507;
    /** The time that lookups go by; loads go by the head. */
    private static final String STORED = "baton-stored-ms";
    private static final String ANY = "application/octet-stream";

    private final S3Remote remote;
    private final byte[] buffer = new byte[1 << 16];
    private S3Client client;

    S3Connection(S3Remote remote) {
        this.remote = remote;
    }

    @Override
    public void find(String[] names, int count, long[] lengthsBytes, long[] storedMs, long timeoutNs) throws RemoteException {
        for (int i = 0; i < count; i++) {
            String key = remote.key(names[i]);
            try {
                HeadObjectResponse told = client(timeoutNs).headObject(head -> head.bucket(remote.bucket()).key(key));
                long objectBytes = told.contentLength();
                storedMs[i] = storedMs(told.metadata().get(STORED));
                lengthsBytes[i] = objectBytes > RemoteHead.LENGTH_BYTES ? objectBytes - RemoteHead.LENGTH_BYTES : ABSENT;
            } catch (S3Exception ex) {
                if (ex.statusCode() != NOT_FOUND) {
                    throw failed("found", ex);
                }
                lengthsBytes[i] = ABSENT;
            } catch (SdkException ex) {
                throw failed("found", ex);
            }
        }
    }

    @Override
    public void put(String name, RemoteHead head, BlockMemory payload, long timeoutNs) throws RemoteException {
        long objectBytes = RemoteHead.LENGTH_BYTES + payload.lengthBytes();
        String key = remote.key(name);
        try {
            if (objectBytes <= S3Remote.PART_BYTES) {
                client(timeoutNs).putObject(put -> put.bucket(remote.bucket()).key(key).metadata(stored(head)),
                    body(head, payload, 0, objectBytes));
            } else {
                putParts(key, head, payload, objectBytes, timeoutNs);
            }
        } catch (SdkException | UncheckedIOException ex) {
            throw failed("written", ex);
        }
    }

    /** Nobody finds it before its last part is there and all are declared one object. */
    private void putParts(String key, RemoteHead head, BlockMemory payload, long objectBytes, long timeoutNs)
        throws RemoteException {
        S3Client s3 = client(timeoutNs);
        String upload = s3.createMultipartUpload(create -> create.bucket(remote.bucket()).key(key).metadata(stored(head))).uploadId();
        boolean isWhole = false;
        try {
            List<CompletedPart> parts = new ArrayList<>();
            for (long at = 0; at < objectBytes; at += S3Remote.PART_BYTES) {
                int number = parts.size() + 1;
                RequestBody body = body(head, payload, at, Math.min(S3Remote.PART_BYTES, objectBytes - at));
                String tag = s3.uploadPart(part -> part.bucket(remote.bucket()).key(key).uploadId(upload).partNumber(number),
                    body).eTag();
                parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
            }
            s3.completeMultipartUpload(complete -> complete.bucket(remote.bucket()).key(key).uploadId(upload)
                .multipartUpload(all -> all.parts(parts)));
            isWhole = true;
        } finally {
            if (!isWhole) {
                abort(s3, key, upload);
            }
        }
    }

    /** Parts that were written cost space until this; where it fails too, the bucket's own rules must remove them. */
    private void abort(S3Client s3, String key, String upload) {
        try {
            s3.abortMultipartUpload(abort -> abort.bucket(remote.bucket()).key(key).uploadId(upload));
        } catch (SdkException ex) {
            System.getLogger(S3Connection.class.getName()).log(System.Logger.Level.DEBUG, "upload was left: key=" + key, ex);
        }
    }

    @Override
    public long get(String name, RemoteHead head, BlockMemory target, long timeoutNs) throws RemoteException {
        String key = remote.key(name);
        long objectBytes = Long.MAX_VALUE;
        try {
            for (long at = 0; at < objectBytes; at += S3Remote.PART_BYTES) {
                String range = "bytes=" + at + "-" + (at + S3Remote.PART_BYTES - 1);
                try (ResponseInputStream<GetObjectResponse> part =
                    client(timeoutNs).getObject(get -> get.bucket(remote.bucket()).key(key).range(range))) {
                    if (at == 0) {
                        objectBytes = objectBytes(part.response());
                        if (objectBytes - RemoteHead.LENGTH_BYTES > target.lengthBytes()) {
                            part.abort();
                            return objectBytes - RemoteHead.LENGTH_BYTES;
                        }
                        part.readNBytes(head.bytes(), 0, RemoteHead.LENGTH_BYTES);
                    }
                    if (!isTaken(part, target, Math.max(0, at - RemoteHead.LENGTH_BYTES),
                        Math.min(objectBytes, at + S3Remote.PART_BYTES) - RemoteHead.LENGTH_BYTES)) {
                        return 0;
                    }
                }
            }
            return Math.max(0, objectBytes - RemoteHead.LENGTH_BYTES);
        } catch (S3Exception ex) {
            if (ex.statusCode() == NOT_FOUND) {
                return ABSENT;
            }
            if (ex.statusCode() == NO_SUCH_RANGE) {
                return 0;                                    // an object without a byte
            }
            throw failed("read", ex);
        } catch (SdkException | IOException ex) {
            throw failed("read", ex);
        }
    }

    @Override
    public void remove(String name, long timeoutNs) throws RemoteException {
        try {
            client(timeoutNs).deleteObject(delete -> delete.bucket(remote.bucket()).key(remote.key(name)));
        } catch (SdkException ex) {
            throw failed("removed", ex);
        }
    }

    @Override
    public void reset() {
        if (client != null) {
            client.close();
            client = null;
        }
    }

    private static Map<String, String> stored(RemoteHead head) {
        return Map.of(STORED, Long.toString(RemoteHead.storedMs(head.bytes())));
    }

    private static long storedMs(String told) {
        return told != null && told.matches("[0-9]{1,18}") ? Long.parseLong(told) : 0;
    }

    private S3Client client(long timeoutNs) throws RemoteException {
        if (client == null) {
            client = remote.connect(timeoutNs);
        }
        return client;
    }

    private static RequestBody body(RemoteHead head, BlockMemory payload, long from, long bytes) {
        return RequestBody.fromContentProvider(() -> new S3BlockStream(head.bytes(), payload, from, bytes), bytes, ANY);
    }

    /** {@code bytes 0-99/12345}: what stands behind the slash; servers that ignore ranges tell the length alone. */
    private static long objectBytes(GetObjectResponse response) {
        String range = response.contentRange();
        return range == null ? response.contentLength() : Long.parseLong(range.substring(range.indexOf('/') + 1));
    }

    /** False where the part ends first. */
    private boolean isTaken(ResponseInputStream<GetObjectResponse> part, BlockMemory target, long from, long until)
        throws IOException {
        for (long at = from; at < until;) {
            int count = part.read(buffer, 0, (int) Math.min(buffer.length, until - at));
            if (count < 0 || !target.put(at, ByteBuffer.wrap(buffer, 0, count))) {
                return false;
            }
            at += count;
        }
        return true;
    }

    private RemoteException failed(String what, Exception ex) {
        boolean isFull = ex instanceof S3Exception told && told.statusCode() == NO_STORAGE;
        return new RemoteException("object cannot be " + what + ": at=" + remote.describe() + " reason=" + ex.getMessage(),
            isFull, ex);
    }
}
