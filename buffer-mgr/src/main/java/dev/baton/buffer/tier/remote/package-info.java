/**
 * Remote tiers: {@link dev.baton.buffer.tier.remote.RemoteStore} is what all of them have in common, a
 * {@link dev.baton.buffer.tier.remote.RemoteClient} what one of them is: a shared file system, a Redis, or S3.
 */
package dev.baton.buffer.tier.remote;
