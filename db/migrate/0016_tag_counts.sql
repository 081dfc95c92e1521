-- How many records of a type have a tag, counted for guests and for those who are signed in: the
-- popular tags of a list are one stretch of an index. `reach` is the widest audience counted in: 0
-- public records, 1 also those for members. uses is kept where taggings and audiences change.

CREATE TABLE tag_counts (
    tag_id BIGINT  NOT NULL,
    type   @text   NOT NULL,
    reach  INTEGER NOT NULL,
    uses   BIGINT  NOT NULL,
    PRIMARY KEY (tag_id, type, reach)
) @clustered;
INSERT INTO tag_counts (tag_id, type, reach, uses)
SELECT g.tag_id, g.type, x.reach, COUNT(*) FROM taggings g JOIN records r ON r.id = g.record_id
JOIN (SELECT 0 AS reach UNION ALL SELECT 1) x ON r.audience <= x.reach
GROUP BY g.tag_id, g.type, x.reach;
CREATE INDEX tag_counts_uses ON tag_counts (type, reach, uses, tag_id);
