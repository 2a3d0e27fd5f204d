"""MQTT: what the floor does as messages, and requests that steer it. Never on the path of a call."""
