package dev.baton.kv;

/** The place of one rank in a {@link Sharding}: its tensor-, pipeline- and context-parallel rank, each from 0. */
public record Shard(int tpRank, int ppRank, int cpRank) {}
