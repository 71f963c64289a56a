package org.testcontainers.containers.wait.strategy;

public class Wait {
  public interface Strategy {}

  public static Strategy forHealthcheck() {
    return new Strategy() {};
  }
}
