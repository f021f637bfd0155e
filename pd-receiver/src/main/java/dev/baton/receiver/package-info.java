/** The decode side: its front door, its role in a node, its command. */
package dev.baton.receiver;
