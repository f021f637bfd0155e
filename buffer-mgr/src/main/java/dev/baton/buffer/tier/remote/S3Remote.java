package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.platform.Require;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * One bucket of S3, or of a server that speaks as S3 does. An object is {@code PREFIX/1/ab/NAME}: the head, then the payload; above
 * {@value #PART_BYTES} bytes it is written in parts and read by ranges. The bucket is not made here.
 */
final class S3Remote implements RemoteClient {
    static final int PART_BYTES = 16 << 20;
    private static final int BATCH_MAX = 4;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    private final String bucket;
    private final String prefix;
    private final String region;
    private final URI endpointOrNull;
    private final AwsCredentialsProvider credentials;
    private volatile boolean isClosed;

    /** As {@link RemoteClients#of} says. */
    S3Remote(String address, Map<String, String> environment) {
        URI parsed = URI.create(address);
        Require.that(parsed.getHost() != null && parsed.getUserInfo() == null, "address", RemoteClients.withoutSecret(address),
            "s3://bucket/prefix; keys come from the environment");
        bucket = parsed.getHost();
        prefix = parsed.getPath() == null || parsed.getPath().length() < 2 ? "baton" : parsed.getPath().substring(1);
        String toldRegion = environment.getOrDefault("AWS_REGION", "us-east-1");
        String endpoint = null;
        for (String setting : parsed.getQuery() == null ? new String[0] : parsed.getQuery().split("&")) {
            if (setting.matches("endpoint=https?://[^?#]+")) {
                endpoint = setting.substring("endpoint=".length());
            } else {
                Require.that(setting.matches("region=[a-z0-9-]{1,64}"), "address", address,
                    "with ?endpoint=http://host:port or ?region=NAME");
                toldRegion = setting.substring("region=".length());
            }
        }
        region = toldRegion;
        endpointOrNull = endpoint == null ? null : URI.create(endpoint);
        String id = environment.get("AWS_ACCESS_KEY_ID");
        String secret = environment.get("AWS_SECRET_ACCESS_KEY");
        String session = environment.get("AWS_SESSION_TOKEN");
        credentials = id == null || secret == null ? DefaultCredentialsProvider.builder().build()
            : StaticCredentialsProvider.create(session == null ? AwsBasicCredentials.create(id, secret)
                : AwsSessionCredentials.create(id, secret, session));
    }

    @Override
    public RemoteConnection connection() {
        return new S3Connection(this);
    }

    /** A client whose sockets give up when nothing came for so long; whoever asked closes it. */
    S3Client connect(long timeoutNs) throws RemoteException {
        if (isClosed) {
            throw new RemoteException("the tier is closed: at=" + describe(), false, null);
        }
        S3ClientBuilder builder = S3Client.builder()
            .region(Region.of(region)).credentialsProvider(credentials)
            .httpClient(UrlConnectionHttpClient.builder().connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(Duration.ofNanos(timeoutNs)).build())
            .overrideConfiguration(override -> override.retryStrategy(DefaultRetryStrategy.doNotRetry()))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
        if (endpointOrNull != null) {
            builder.endpointOverride(endpointOrNull).forcePathStyle(true);
        }
        return builder.build();
    }

    String bucket() {
        return bucket;
    }

    String key(String name) {
        return prefix + "/1/" + name.substring(0, 2) + "/" + name;
    }

    @Override
    public int lookupBatchMax() {
        return BATCH_MAX;
    }

    @Override
    public long payloadBytesMax() {
        return RecordFormat.PAYLOAD_BYTES_MAX;
    }

    @Override
    public String describe() {
        return "s3://" + bucket + "/" + prefix + (endpointOrNull == null ? "" : " at " + endpointOrNull);
    }

    /** What waits for an answer waits until its socket gives up. */
    @Override
    public void close() {
        isClosed = true;
    }
}
