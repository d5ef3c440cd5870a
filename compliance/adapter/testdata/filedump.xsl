<?xml version="1.0" encoding="utf-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="xml" indent="yes" encoding="utf-8"/>
  <xsl:template match="/Conversations">
    <FileDump><xsl:apply-templates select="Conversation"/></FileDump>
  </xsl:template>
  <xsl:template match="Conversation">
    <Conversation Perspective="{Channel/@name}_group_channel">
      <RoomID><xsl:value-of select="Channel/@uri"/></RoomID>
      <xsl:for-each select="Messages/Message[@type='CHAT']">
        <Message>
          <LoginName><xsl:value-of select="Sender/@UserName"/></LoginName>
          <DateTimeUTC><xsl:value-of select="DateTimeUTC/@since1970"/></DateTimeUTC>
          <Content><xsl:value-of select="@content"/></Content>
        </Message>
      </xsl:for-each>
    </Conversation>
  </xsl:template>
</xsl:stylesheet>
